import { MISBEHAVIOUR, type Misbehaviour } from './features/misbehaviour';
import { Ground } from './lab';
import { skipUnless } from './run-cells';

const rows = Object.values<Misbehaviour>(MISBEHAVIOUR);

skipUnless('A scripted peer', [], rows, () => {
  describe('with a scripted peer', () => {
    let ground: Ground;
    beforeEach(() => {
      ground = new Ground();
    });
    afterEach(() => ground.remove());
    for (const { title, run } of rows) test(title, () => run(ground));
  });
});
