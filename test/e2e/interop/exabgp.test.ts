import { ExaBgp } from './exabgp';
import { EXABGP, type ExaBgpRow } from './features/exabgp';
import { Ground } from './lab';
import { skipUnless } from './run-cells';

const rows = Object.values<ExaBgpRow>(EXABGP);

skipUnless('ExaBGP', ExaBgp.missing, rows, () => {
  describe('with ExaBGP 4.2.21', () => {
    let ground: Ground;
    beforeEach(() => {
      ground = new Ground();
    });
    afterEach(() => ground.remove());
    for (const { title, run } of rows) test(title, () => run(ground), 60_000);
  });
});
