import * as net from 'node:net';
import { SpeakerHost } from '../../../lib/bgp/net/host';
import { plainTcp, type TcpFactory } from '../../../lib/bgp/net/tcp';
import type { SessionConfig } from '../../../lib/bgp/session/config';
import type { SpeakerEvent } from '../../../lib/bgp/speaker';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { routerId, sessionTo } from '../simulation';

const A = '127.0.0.1';
const B = '127.0.0.2';

interface Running {
  readonly host: SpeakerHost;
  readonly events: SpeakerEvent[];
  readonly port: number;
  readonly address: string;
}
const running: Running[] = [];

async function start(
  address: string,
  tcp?: TcpFactory,
  secret?: (name: string) => string | undefined,
): Promise<Running> {
  const events: SpeakerEvent[] = [];
  const host = new SpeakerHost({
    seed: 1,
    onEvent: (event) => events.push(event),
    ...(tcp && { tcp }),
    ...(secret && { secret }),
  });
  expect(await host.listen([{ address, port: 0 }])).toEqual([]);
  const started = { host, events, address, port: host.listening[0].port };
  running.push(started);
  return started;
}

function configure(from: Running, to: { address: string; port: number }, more: Partial<SessionConfig> = {}): void {
  // A loopback address is no next hop: routes carry another one.
  const localAddresses = { ipv4: sure(IpAddress.parse('10.0.0.1')), ipv6: sure(IpAddress.parse('2001:db8::1')) };
  const session = sessionTo(from.address, to.address, { port: to.port, localAddresses, ...more });
  const id = more.routerId ?? routerId(from.address);
  from.host.configure({ routerId: id }, [session]);
}

const status = ({ host }: Running) => host.speaker.status(host.now())[0];
const routes = ({ host }: Running) => host.speaker.rib.size.prefixes;
const originate = ({ host }: Running, text: string) =>
  host.give({ kind: 'originate', prefix: sure(Prefix.parse(text)) });

/** Waits for what must become true, at most for 20 seconds. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 4000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ host }) => host.close()));
});

describe('two speakers over real TCP', () => {
  test('come up over IPv4 and exchange many routes', async () => {
    const a = await start(A);
    const b = await start(B);
    configure(a, b);
    configure(b, a);
    for (let i = 0; i < 5000; i++) originate(a, `20.${i >> 8}.${i & 255}.0/24`);
    originate(b, '198.51.100.0/24');
    await until(() => routes(a) === 5001 && routes(b) === 5001);
    expect(status(a)).toMatchObject({ state: 'Established', counters: { treatedAsWithdraw: 0 } });
    a.host.give({ kind: 'withdraw', prefix: sure(Prefix.parse('20.0.0.0/24')) });
    await until(() => routes(b) === 5000);
  });

  test('go on when one listens no more, and nobody waits for them to end', async () => {
    const a = await start(A);
    const b = await start(B);
    configure(a, b, { dial: 'never' });
    configure(b, a);
    await until(() => status(a).state === 'Established');
    expect(await a.host.listen([])).toEqual([]);
    expect(a.host.listening).toEqual([]);
    expect(status(a).state).toBe('Established');
  });

  test('come up over IPv6', async () => {
    const a = await start('::1');
    const b = await start('::1');
    configure(a, b, { dial: 'first', routerId: 1 });
    configure(b, { address: '::1', port: 1 }, { dial: 'never', routerId: 2 });
    originate(a, '2001:db8::/32');
    await until(() => routes(b) === 1);
    expect(status(b).negotiated?.connection).toBe('accepted');
  });

  test('both dialling at once end with one connection', async () => {
    const a = await start(A);
    const b = await start(B);
    configure(a, b, { dial: 'first' });
    configure(b, a, { dial: 'first' });
    await until(() => status(a).state === 'Established' && status(b).state === 'Established');
    expect([status(a).negotiated?.connection, status(b).negotiated?.connection].sort()).toEqual([
      'accepted',
      'dialled',
    ]);
  });

  test('one that closes tells the other why', async () => {
    const a = await start(A);
    const b = await start(B);
    configure(a, b);
    configure(b, a);
    await until(() => status(a).state === 'Established' && status(b).state === 'Established');
    await a.host.close({ text: 'maintenance' });
    await until(() => status(b).state !== 'Established');
    expect(b.events.map(({ text }) => text)).toContain(
      'NOTIFICATION received: Cease: Administrative Shutdown ("maintenance")',
    );
  });
});

test('a thousand neighbours that connect at once all come up', async () => {
  const hub = await start(A);
  const others = await start(B);
  const addresses = Array.from({ length: 1000 }, (_, i) => `127.1.${i >> 8}.${i & 255}`);
  hub.host.configure(
    { routerId: 1 },
    addresses.map((address) => sessionTo(A, address, { port: others.port, dial: 'never', routerId: 1 })),
  );
  others.host.configure(
    { routerId: 2 },
    addresses.map((address) => sessionTo(address, A, { port: hub.port, dial: 'first', routerId: 2 })),
  );
  const up = ({ events }: Running) => events.filter(({ text }) => text.endsWith('-> Established')).length;
  await until(() => up(hub) === 1000 && up(others) === 1000);
  const failures = [...hub.events, ...others.events].filter(({ type }) => type === 'error' || type === 'rejected');
  expect(failures).toEqual([]);
}, 180_000);

describe('what does not work is said', () => {
  test('a taken port, with what to do', async () => {
    const a = await start(A);
    const other = new SpeakerHost({ seed: 1 });
    const [failure, ...more] = await other.listen([{ address: A, port: a.port }]);
    expect(more).toEqual([]);
    expect(failure).toMatchObject({ address: A, port: a.port, code: 'EADDRINUSE' });
    expect(failure.message).toMatch(
      /is already in use: stop the other BGP daemon .* or set another listenPort in the fabric/,
    );
    await other.close();
  });

  test('an address that this machine has not', async () => {
    const host = new SpeakerHost({ seed: 1 });
    const [failure] = await host.listen([{ address: '192.0.2.1', port: 0 }]);
    expect(failure).toMatchObject({ code: 'EADDRNOTAVAIL' });
    expect(failure.message).toContain('does not have the address');
    await host.close();
  });

  test('a neighbour on whose port nothing listens', async () => {
    const a = await start(A);
    const b = await start(B);
    await b.host.close();
    configure(a, b, { dial: 'first' });
    await until(() => status(a).lastError !== undefined);
    expect(status(a).lastError?.text).toBe('the neighbour refused the connection: nothing is listening on its port');
  });

  test('a stranger gets a Cease with Connection Rejected and the connection is closed', async () => {
    const a = await start(A);
    configure(a, { address: B, port: 1 }, { dial: 'never' });
    const chunks: Buffer[] = [];
    const socket = net.connect({ host: A, port: a.port, localAddress: '127.0.0.9' });
    socket.on('data', (chunk) => chunks.push(chunk));
    await new Promise((resolve) => socket.once('close', resolve));
    expect([...Buffer.concat(chunks).subarray(16)]).toEqual([0, 21, 3, 6, 5]);
    expect(a.host.speaker.rejected).toBe(1);
    expect(a.events.at(-1)).toMatchObject({ type: 'rejected', session: '' });
  });
});

describe('protection', () => {
  test('plain Node makes no session that asks for a password or for GTSM', async () => {
    const a = await start(A, undefined, () => 'a password');
    const b = await start(B);
    configure(b, a, { dial: 'first' });
    configure(a, b, { dial: 'first', authentication: 'rack1' });
    await until(() => a.events.some(({ type }) => type === 'rejected') && status(a).lastError !== undefined);
    expect(status(a).lastError?.text).toContain('this platform does not support TCP MD5');
    configure(a, b, { dial: 'first', gtsmHops: 1 });
    await until(() => status(a).lastError!.text.includes('this platform does not support GTSM'));
    expect(status(a).established).toBe(0);
  });

  test('a secret that is missing keeps the session down', async () => {
    const a = await start(A);
    const b = await start(B);
    configure(a, b, { dial: 'first', authentication: 'rack1' });
    await until(() => status(a).lastError !== undefined);
    expect(status(a).lastError?.text).toContain('the secret rack1 is missing on this node');
  });

  test('a platform that can is given the password for the socket and for the server, and the events never hold it', async () => {
    const asked: unknown[] = [];
    const able: TcpFactory = {
      ...plainTcp,
      connect(target: Parameters<TcpFactory['connect']>[0]) {
        asked.push({ connect: target.password, ttl: target.ttl });
        const { password: _, ...rest } = target;
        return plainTcp.connect(rest);
      },
      protect: (_server, protection) => void asked.push(protection),
    };
    const a = await start(A, able, (name) => (name === 'rack1' ? 'hunter2' : undefined));
    const b = await start(B);
    configure(a, b, { dial: 'first', authentication: 'rack1' });
    configure(b, a, { dial: 'never' });
    await until(() => status(a).state === 'Established');
    expect(asked).toContainEqual({ remote: B, password: 'hunter2' });
    expect(asked).toContainEqual({ connect: 'hunter2', ttl: undefined });
    configure(a, b, { dial: 'first' });
    expect(asked).toContainEqual({ remote: B });
    expect(JSON.stringify([a.events, status(a)])).not.toContain('hunter2');
  });

  /** Sockets that note the passwords that they get and else do as those of plain Node. */
  function noting(): { tcp: TcpFactory; passwords: (string | undefined)[]; signed: (string | undefined)[] } {
    const [passwords, signed]: (string | undefined)[][] = [[], []];
    const tcp: TcpFactory = {
      ...plainTcp,
      connect({ password, ...rest }) {
        passwords.push(password);
        return plainTcp.connect(rest);
      },
      protect: (_server, { password }) => void passwords.push(password),
      restrict: (_socket, { password }) => void signed.push(password),
    };
    return { tcp, passwords, signed };
  }

  test('another password resets the session once, and a session whose password did not change not at all', async () => {
    const [ours, theirs] = [noting(), noting()];
    const secret = (name: string) => ({ 'key@1': 'first', 'key@2': 'second' })[name];
    const a = await start(A, ours.tcp, secret);
    const b = await start(B, theirs.tcp, secret);
    const use = (authentication: string) => {
      configure(a, b, { dial: 'first', authentication });
      configure(b, a, { dial: 'never', authentication });
    };
    use('key@1');
    await until(() => status(a).state === 'Established');
    use('key@1');
    expect(status(a)).toMatchObject({ state: 'Established', established: 1 });
    use('key@2');
    await until(() => status(a).established === 2 && status(a).state === 'Established');
    expect(status(b).established).toBe(2);
    expect([ours.passwords.at(-1), theirs.signed.at(-1)]).toEqual(['second', 'second']);
    expect(theirs.signed).not.toContain(undefined);
  });

  test('a password that a server can not be given keeps connections of the neighbour out, and says why', async () => {
    const full: TcpFactory = { ...noting().tcp, protect: () => new Error('no memory for keys') };
    const a = await start(A, full, () => 'a password');
    const b = await start(B);
    configure(b, a, { dial: 'first' });
    configure(a, b, { dial: 'never', authentication: 'rack1' });
    await until(() => a.events.some(({ type }) => type === 'rejected'));
    expect(a.events.find(({ type }) => type === 'rejected')?.text).toContain('no memory for keys');
    expect(status(a).established).toBe(0);
  });

  test('neighbours that come unnamed get the key of their prefix, and it goes with the template', async () => {
    const asked: unknown[] = [];
    const { tcp } = noting();
    const able: TcpFactory = { ...tcp, protect: (_server, protection) => void asked.push(protection) };
    const a = await start(A, able, () => 'hunter2');
    const b = await start(B);
    const { remoteAddress: _, dial: __, ...rest } = sessionTo(A, B, { authentication: 'rack1' });
    const range = sure(Prefix.parse('127.0.0.0/8'));
    const template = { ...rest, key: `${A} ${range} 179`, range, limit: 1 };
    a.host.configure({ routerId: routerId(A) }, [], [template]);
    configure(b, a, { dial: 'first' });
    await until(() => a.host.speaker.status(a.host.now())[0]?.state === 'Established');
    expect(asked).toEqual([{ remote: '127.0.0.0', prefixLength: 8, password: 'hunter2' }]);
    a.host.configure({ routerId: routerId(A) }, []);
    expect(asked.at(-1)).toEqual({ remote: '127.0.0.0', prefixLength: 8 });
  });

  test('of two sessions with one address the key stays as long as one of them wants it', async () => {
    const asked: unknown[] = [];
    const able: TcpFactory = { ...noting().tcp, protect: (_server, protection) => void asked.push(protection) };
    const a = await start(A, able, () => 'hunter2');
    const [one, other] = [178, 179].map((port) =>
      sessionTo(A, B, { key: `${A} ${B} ${port}`, port, dial: 'never', authentication: 'rack1' }),
    );
    const { authentication: _, ...bare } = other;
    a.host.configure({ routerId: 1 }, [one, other]);
    a.host.configure({ routerId: 1 }, [one, bare]);
    expect(asked).not.toContainEqual({ remote: B });
    a.host.configure({ routerId: 1 }, [bare]);
    expect(asked.at(-1)).toEqual({ remote: B });
  });
});
