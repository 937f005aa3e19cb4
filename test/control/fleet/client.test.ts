import { AgentClient, type Unreachable } from '../../../lib/control/client';
import { EtcdConnection } from '../../../lib/control/etcd/connection';
import { EtcdError, STATUS } from '../../../lib/control/etcd/error';
import { METHODS } from '../../../lib/control/etcd/messages';
import { FleetClient } from '../../../lib/control/fleet/client';
import { FleetKeys } from '../../../lib/control/fleet/keys';

const keys = new FleetKeys('lab');
const silent = () => new EtcdError(STATUS.unavailable, 'Connection dropped', ['e1:2379']);
const late = () => new EtcdError(STATUS.deadline, '', ['e1:2379']);

/** Whether it puts the key that protects the lease of who asks. */
const isOfLease = ({ success = [] }: { success?: readonly { put?: { key?: Uint8Array } }[] }): boolean =>
  success.some(({ put }) => Buffer.from(put?.key ?? []).includes('/releases/lease-'));

/** What etcd does with what is asked of it, by method. */
type Answers = Partial<Record<'grant' | 'txn', () => Promise<unknown>>>;

describe('an agent that is asked through etcd', () => {
  const unary = jest.spyOn(EtcdConnection.prototype, 'unary');
  const stream = jest.spyOn(EtcdConnection.prototype, 'stream');
  const { env } = process;
  beforeEach(() => {
    process.env = { PEERFORM_ETCD_PLAINTEXT: '1' };
    jest.useFakeTimers();
    stream.mockReturnValue(new Promise(() => {}));
  });
  afterEach(async () => {
    process.env = env;
    unary.mockImplementation(async () => ({ ttl: 0 }) as never);
    await FleetClient.closeAll();
    jest.useRealTimers();
  });
  afterAll(() => jest.restoreAllMocks());

  /** An etcd to which the agents of these nodes are connected. */
  function etcd(nodes: readonly string[], answers: Answers = {}): void {
    const kvs = nodes.map((node) => ({
      ...{ key: Buffer.from(keys.agent(node)), createRevision: 1, modRevision: 1, lease: 1 },
      value: Buffer.from(JSON.stringify({ session: 's', version: '1', sequences: true })),
    }));
    const range = { header: { revision: 1 }, kvs, count: kvs.length, more: false };
    unary.mockImplementation(async (method, request): Promise<never> => {
      const isRead = 'success' in request && (request.success as object[]).every((one) => 'range' in one);
      if (method === METHODS.txn && isRead) return { responses: [{ range }], succeeded: true } as never;
      if (method === METHODS.txn && isOfLease(request)) return { responses: [], succeeded: true } as never;
      if (method === METHODS.txn) return ((await answers.txn?.()) ?? { responses: [], succeeded: true }) as never;
      if (method === METHODS.range) return range as never;
      return ((method === METHODS.grant && (await answers.grant?.())) || { id: 1, error: '', ttl: 15 }) as never;
    });
  }

  /** Why it is said not to respond. */
  async function reason(node: string): Promise<Unreachable> {
    const asked = new AgentClient(`etcd://e1:2379/lab/${node}`, 1_000).summary().catch((error: unknown) => error);
    for (let seconds = 0; seconds < 60; seconds++) await jest.advanceTimersByTimeAsync(1_000);
    return (await asked) as Unreachable;
  }

  test('is absent if its key is not there', async () => {
    etcd(['n2']);
    const { message, etcd: cause, isUnsent } = await reason('n1');
    expect([message, cause, isUnsent]).toEqual([
      'etcd://e1:2379/lab/n1: no agent of node n1 is connected to etcd',
      undefined,
      true,
    ]);
  });

  test('does not answer if etcd took the request, and that it is withdrawn', async () => {
    etcd(['n1']);
    const { message, etcd: cause, isUnsent } = await reason('n1');
    expect([message, cause, isUnsent]).toEqual([expect.stringContaining('no answer within'), undefined, false]);
  });

  test.each([
    ['does not let it connect', { grant: () => Promise.reject(silent()) }, true],
    ['refuses the request', { txn: () => Promise.reject(silent()) }, false],
    [
      'says nothing to the request',
      { txn: () => new Promise((_, reject) => setTimeout(() => reject(late()), 5_000)) },
      false,
    ],
  ])('is not the reason if etcd %s', async (_, answers, unsent) => {
    etcd(['n1'], answers);
    const { etcd: cause, isUnsent } = await reason('n1');
    expect([cause, isUnsent]).toEqual([expect.stringContaining('etcd at e1:2379: '), unsent]);
  });

  test('is not the reason if etcd fails while its answer is waited for', async () => {
    let isDown = false;
    etcd(['n1'], {
      txn: async () => {
        if (isDown) throw silent();
        isDown = true;
      },
    });
    expect((await reason('n1')).etcd).toContain('the connection to etcd broke off');
  });

  test('is the reason again once etcd takes what is written', async () => {
    let failures = 1;
    etcd(['n1'], {
      txn: async () => {
        if (failures-- > 0) throw silent();
      },
    });
    expect(await reason('n1')).toMatchObject({ message: expect.stringContaining('no answer'), etcd: undefined });
  });

  test('is not the reason if what is needed to connect to etcd is missing here', async () => {
    process.env = {};
    expect((await reason('n1')).etcd).toContain('etcd is used with mutual TLS: set PEERFORM_ETCD_CACERT');
  });
});
