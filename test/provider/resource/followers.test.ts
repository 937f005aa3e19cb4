import { follows, isCarriedOut, stages } from '../../../lib/provider/resource/followers';
import { UNKNOWN, type Value, type Values } from '../../../lib/provider/value';

const fabric = (release: Value, activation: Value = UNKNOWN): Values => ({ name: 'main', release, activation });
const step = (release: Value, activation: Value, name = 'main'): Values => ({ fabric: name, release, activation });
const [OLD, NEW] = ['sha256:aa', 'sha256:bb'];
let stop: AbortSignal;
beforeEach(() => {
  stop = new AbortController().signal;
});

test('a wave that reads release and activation from its fabric follows it, whatever is known of them', () => {
  stages(stop, fabric(NEW, 4));
  expect(follows(stop, 'wave', step(NEW, 4))).toEqual([]);
  expect(follows(stop, 'wave', step(UNKNOWN, UNKNOWN))).toEqual([]);
  stages(stop, fabric(UNKNOWN));
  expect(follows(stop, 'commit', step(UNKNOWN, UNKNOWN))).toEqual([]);
});

test('one whose release is written out is warned of, whichever of them is planned first', () => {
  const written = step(OLD, 3);
  const summary = 'A wave does not follow what fabric main stages';
  expect(follows(stop, 'wave', written)).toEqual([]); // Of the fabric nothing is known yet.
  expect(follows(stop, 'wave', step(OLD, 3, 'other'))).toEqual([]);
  expect(stages(stop, fabric(NEW, 4)).map((it) => it.summary)).toEqual([summary]);
  const [told] = follows(stop, 'wave', written);
  expect(told).toMatchObject({ severity: 'warning', summary, path: ['release'] });
  expect(told.detail).toContain('staged on its nodes but will not run on any of them');
  expect(told.detail).toContain(`hard-coded (${OLD}, 3)`);
});

test('one whose activation alone is written out is, too, and so is a commit', () => {
  stages(stop, fabric(NEW));
  expect(follows(stop, 'wave', step(NEW, 3)).map(({ path }) => path)).toEqual([['activation']]);
  expect(follows(stop, 'commit', step(OLD, UNKNOWN))[0].detail).toContain('roll back by themselves');
});

test('what is read of a fabric that was carried out is not taken for written out', () => {
  stages(stop, fabric(NEW));
  isCarriedOut(stop, { name: 'main' });
  expect(follows(stop, 'wave', step(NEW, 1))).toEqual([]);
});

test('another run knows nothing of it', () => {
  stages(stop, fabric(NEW, 4));
  expect(follows(new AbortController().signal, 'wave', step(OLD, 3))).toEqual([]);
});
