import { MISBEHAVIOUR, type Misbehaviour } from './features/misbehaviour';
import { Ground } from './lab';

describe('with a scripted peer', () => {
  let ground: Ground;
  beforeEach(() => {
    ground = new Ground();
  });
  afterEach(() => ground.remove());
  for (const { title, run } of Object.values<Misbehaviour>(MISBEHAVIOUR)) test(title, () => run(ground), 60_000);
});
