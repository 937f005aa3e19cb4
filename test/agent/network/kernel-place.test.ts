import type { Log } from '../../../lib/agent/host/log';
import { KernelPlace, type KernelTable, placeOf } from '../../../lib/agent/network/kernel-place';
import { leaveOtherTables } from '../../../lib/kernel/fib/cleanup';
import type { Fib } from '../../../lib/kernel/fib/fib';
import { KernelError } from '../../../lib/kernel/system/error';
import { readFabric } from '../../../lib/model/read';

jest.mock('../../../lib/kernel/fib/cleanup', () => ({ leaveOtherTables: jest.fn(async () => 3) }));

const FIRST: KernelTable = { table: 254, metric: 200 };

/** A place whose tables are pretended; `refused`: tables that can not be had. */
function machine(refused: readonly number[] = []) {
  const done: string[] = [];
  const fibAt = ({ table, metric }: KernelTable) =>
    ({
      status: () => ({ table, metric }),
      close: async () => void done.push(`close ${table}`),
      settled: async () => void done.push(`settle ${table}`),
    }) as unknown as Fib;
  const say = (level: string) => (text: string) => void done.push(`${level}: ${text}`);
  let isCarried = true;
  const place = new KernelPlace(fibAt(FIRST), 114, { info: say('info'), error: say('error') } as unknown as Log, {
    open: async (wanted) => {
      done.push(`open ${wanted.table} ${wanted.metric}`);
      return refused.includes(wanted.table) ? KernelError.of('bind', 1) : fibAt(wanted);
    },
    moved: (fib) => done.push(`moved to ${fib.status().table}`),
    isCarried: () => isCarried,
  });
  const carry = (is: boolean) => {
    isCarried = is;
  };
  return { place, done, carry };
}

const later = () => new Promise((resolve) => setTimeout(resolve, 120));
const gone = leaveOtherTables as unknown as jest.Mock;
beforeEach(() => gone.mockClear());

describe('the place of kernel routes', () => {
  test('is what the node says, or else the fabric', () => {
    const spec = {
      name: 'f',
      kernelTable: 100,
      nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2', kernelTable: 7, kernelMetric: 9 } },
    };
    const { fabric } = readFabric(spec);
    expect(placeOf(fabric!, 'n1')).toMatchObject({ table: 100 });
    expect(placeOf(fabric!, 'n2')).toEqual({ table: 7, metric: 9 });
  });

  test('stays where it is without a word', async () => {
    const { place, done } = machine();
    await place.moveTo({ ...FIRST });
    expect(done).toEqual([]);
  });

  test('moves: the former table is let go of first, and emptied when all stands in the new one', async () => {
    const { place, done, carry } = machine();
    carry(false);
    await place.moveTo({ table: 100, metric: 200 });
    expect(done.slice(0, 3)).toEqual(['close 254', 'open 100 200', 'moved to 100']);
    await later();
    expect([done.includes('settle 100'), gone.mock.calls]).toEqual([false, []]);
    carry(true);
    await later();
    expect(done.slice(-2)).toEqual(['settle 100', 'info: 3 routes were removed from the previous table']);
    expect(gone.mock.calls).toEqual([[100, 114]]);
  });

  test('with another metric in the same table leaves nothing behind', async () => {
    const { place, done } = machine();
    await place.moveTo({ table: 254, metric: 50 });
    await later();
    expect(done.slice(0, 3)).toEqual(['close 254', 'open 254 50', 'moved to 254']);
    expect(gone).not.toHaveBeenCalled();
  });

  test('stays, with its routes handed over anew, where the other table can not be had', async () => {
    const { place, done } = machine([100]);
    await place.moveTo({ table: 100, metric: 200 });
    expect(done).toEqual([
      'close 254',
      'open 100 200',
      'open 254 200',
      expect.stringMatching(/^error: kernel routes stay in table 254: /),
      'moved to 254',
    ]);
    expect(place.fib.status()).toMatchObject(FIRST);
  });

  test('is lost where neither can be had', async () => {
    const { place } = machine([100, 254]);
    await expect(place.moveTo({ table: 100, metric: 200 })).rejects.toMatchObject({ code: 'internal' });
  });
});
