import { ExaBgp } from './exabgp';
import { EXABGP, type ExaBgpRow } from './features/exabgp';
import { Ground } from './lab';
import { skipUnless } from './run-cells';

const rows = Object.values<ExaBgpRow>(EXABGP);

skipUnless(ExaBgp.title, ExaBgp.missing, rows, () => {
  describe(`with ${ExaBgp.title}`, () => {
    let ground: Ground;
    beforeEach(() => {
      ground = new Ground();
    });
    afterEach(() => ground.remove());
    for (const { title, run } of rows) test(title, () => run(ground));
  });
});
