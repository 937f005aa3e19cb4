import { execFileSync } from 'node:child_process';
import v8 from 'node:v8';
import { boundHeap } from '../../lib/provider/heap';

test('the heap is bounded by a setting that this V8 has', () => {
  const set = jest.spyOn(v8, 'setFlagsFromString').mockImplementation();
  boundHeap();
  const [[flag]] = set.mock.calls;
  expect(execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })).toContain(flag.replace(/=.*/, ' '));
});
