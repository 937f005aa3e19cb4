import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Disturbances, writerName } from '../../../lib/kernel/fib/disturbances';

/** All that is told of what `happen` does, within one moment. */
function told(happen: (disturbances: Disturbances) => void, isRepaired = true): string[] {
  const said: string[] = [];
  const disturbances = new Disturbances(
    (message) => said.push(message),
    () => isRepaired,
    (port) => `process ${port}`,
  );
  happen(disturbances);
  disturbances.close();
  expect(disturbances.last).toBe(said.at(-1));
  return said;
}

describe('what others did to our kernel routes', () => {
  test('is told in one sentence, with the first of each kind and how many, by whom, and that it is repaired', () => {
    const messages = told((them) => {
      for (let i = 1; i <= 3; i++) them.route(7, 'deleted', () => `10.${i}.0.0/16`);
      them.route(8, 'replaced', () => '10.9.0.0/16');
      them.object(8, 'deleted', 40);
      them.object(8, 'deleted', 2);
    });
    expect(messages).toEqual([
      'kernel routes changed by process 7 and process 8: 10.1.0.0/16 and 2 more deleted, 10.9.0.0/16 replaced, 2 nexthop objects deleted, with 42 routes; repaired',
    ]);
  });

  test('is not called repaired while it is not', () => {
    expect(told((them) => them.route(7, 'deleted', () => '10.1.0.0/16'), false)).toEqual([
      'kernel routes changed by process 7: 10.1.0.0/16 deleted; being repaired',
    ]);
  });

  test('is a fight where it happens again and again, each route of it named once', () => {
    const messages = told((them) => {
      for (let i = 0; i < 5; i++) them.fight(7, 1, () => '10.1.0.0/16');
      them.fight(7, 2, () => '10.2.0.0/16');
    });
    expect(messages).toEqual([
      'process 7 keeps deleting or changing 10.1.0.0/16 and 1 more; writing them again in 1 s',
    ]);
  });

  test('names only the first of many writers', () => {
    const [message] = told((them) => {
      for (let port = 1; port <= 100; port++) them.route(port, 'deleted', () => '10.1.0.0/16');
    });
    expect(message).toBe(
      'kernel routes changed by process 1, process 2, process 3 and others: 10.1.0.0/16 and 99 more deleted; repaired',
    );
  });

  test('is told after a moment by itself, and no prefix is put into words but the first', async () => {
    let [words, said] = [0, ''];
    await new Promise<void>((done) => {
      const tell = (message: string) => {
        said = message;
        done();
      };
      const disturbances = new Disturbances(
        tell,
        () => true,
        () => 'somebody',
      );
      for (let i = 0; i < 100_000; i++) disturbances.route(7, 'deleted', () => `10.0.0.${++words}/32`);
      const alive = setInterval(() => said !== '' && clearInterval(alive), 20); // its own timer keeps no process
    });
    expect([words, said]).toEqual([
      1,
      'kernel routes changed by somebody: 10.0.0.1/32 and 99999 more deleted; repaired',
    ]);
  });
});

describe('who wrote something', () => {
  test('is named with its command as long as it is there', () => {
    expect(writerName(process.pid)).toMatch(new RegExp(`^process ${process.pid} \\(.+\\)$`));
    expect(writerName(0)).toBe('the kernel');
    expect(writerName(0xffff_efff)).toBe('an unknown process'); // a further socket of some process
  });

  test('is a process that has ended where /proc would show it', () => {
    const { pid } = spawnSync('true');
    expect(writerName(pid)).toBe(existsSync('/proc/1/comm') ? `process ${pid} (ended)` : `process ${pid}`);
  });
});
