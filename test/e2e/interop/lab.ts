import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Namespace } from '../../kernel/namespace';
import { eventually, LocalNetwork } from '../support/network';
import type { Daemon, DaemonConfig, Neighbour } from './daemon';
import { type OurOptions, type OurSession, Ours } from './ours';
import { type RawOptions, RawPeer } from './raw-peer';
import { type Announcement, isIpv6, type SeenPath, type Speaker } from './speaker';

export { eventually } from '../support/network';

const run = promisify(execFile);

/** AS numbers of this side, of the daemon and of a third party. */
export const [OUR_AS, THEIR_AS, THIRD_AS] = [65001, 65002, 65003];

/** What a session between us and the daemon is made of; what is not said is plain eBGP over IPv4. */
export interface PairOptions {
  readonly over?: 'ipv4' | 'ipv6';
  readonly ourAs?: number;
  readonly theirAs?: number;
  readonly ours?: Partial<OurSession>;
  readonly theirs?: Partial<Neighbour>;
  readonly us?: Partial<OurOptions>;
  /** What the daemon announces from the start. */
  readonly routes?: readonly Announcement[];
  /** Other neighbours of the daemon. */
  readonly others?: readonly Neighbour[];
  /** Other sessions of ours. */
  readonly sessions?: readonly OurSession[];
  /** Not meant to come up. */
  readonly down?: boolean;
}

/**
 * Three machines on a link: ours (10.0.0.1), a daemon's (10.0.0.2) and a third one (10.0.0.3), with IPv6 likewise. What
 * a test starts is gone after {@link clear}.
 */
export class Ground {
  readonly network = new LocalNetwork([1, 2, 3]);
  private speakers: Ours[] = [];
  private peers: RawPeer[] = [];

  machine(number: 1 | 2 | 3): Namespace {
    return this.network.machines[number - 1];
  }

  /** A speaker of ours on machine 1 or 3. */
  async ours(options: OurOptions, sessions: readonly OurSession[] = []): Promise<Ours> {
    const speaker = await Ours.start(this.machine(options.number as 1 | 2 | 3), options, sessions);
    this.speakers.push(speaker);
    return speaker;
  }

  /** A scripted peer on machine 3 that dials us. */
  async raw(options: Partial<RawOptions> = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(this.machine(3), {
      local: '10.0.0.3',
      remote: '10.0.0.1',
      as: THIRD_AS,
      ...options,
    });
    return this.adopt(peer);
  }

  /** Ends it with everything else. */
  adopt(peer: RawPeer): RawPeer {
    this.peers.push(peer);
    return peer;
  }

  async up(a: Speaker, b: Speaker, addressOfA: string, addressOfB: string): Promise<void> {
    await eventually(async () => {
      expect([await a.isUp(addressOfB), await b.isUp(addressOfA)]).toEqual([true, true]);
    });
  }

  /** How often the kernel of a machine counted something: `TCPMD5Failure`, `TCPMinTTLDrop`. */
  async counter(number: 1 | 2 | 3, name: string): Promise<number> {
    const { stdout } = await this.execute(number, 'cat', '/proc/net/netstat');
    const [names, values] = stdout.split('\n').flatMap((line) => (line.startsWith('TcpExt:') ? [line.split(' ')] : []));
    return Number(values[names.indexOf(name)]);
  }

  /** TCP connections of BGP on a machine that are established. */
  async connections(number: 1 | 2 | 3): Promise<number> {
    const [tcp, tcp6] = await Promise.all(
      ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => this.execute(number, 'cat', file)),
    );
    const lines = `${tcp.stdout}${tcp6.stdout}`.split('\n');
    return lines.filter((line) => / \S+:00B3 \S+ 01 | \S+ \S+:00B3 01 /.test(line)).length;
  }

  execute(number: 1 | 2 | 3, ...command: readonly string[]): Promise<{ stdout: string }> {
    return run('ip', ['netns', 'exec', this.machine(number).name, ...command]);
  }

  async clear(): Promise<void> {
    for (const peer of this.peers) peer.close();
    await Promise.all(this.speakers.map((speaker) => speaker.close()));
    this.peers = [];
    this.speakers = [];
  }

  async remove(): Promise<void> {
    try {
      await this.clear();
    } finally {
      await this.network.remove();
    }
  }
}

/** The ground with a daemon on it. */
export class Lab extends Ground {
  constructor(readonly daemon: Daemon) {
    super();
    daemon.place(this.network, this.network.machines[1]);
  }

  /** Our end and the daemon, Established on both sides unless `down`. */
  async pair(options: PairOptions = {}): Promise<{ us: Ours; them: Daemon; theirs: string; ours: string }> {
    const { over = 'ipv4', ourAs = OUR_AS, theirAs = THEIR_AS, sessions = [] } = options;
    const [ours, theirs] = over === 'ipv4' ? ['10.0.0.1', '10.0.0.2'] : ['fd00::1', 'fd00::2'];
    await this.daemon.start(this.daemonConfig(options));
    const us = await this.ours({ number: 1, as: ourAs, ...options.us }, [
      { remote: theirs, remoteAs: theirAs, ...options.ours },
      ...sessions,
    ]);
    if (!options.down)
      await this.up(us, this.daemon, ours, theirs).catch(async () => {
        const { state, lastError } = us.session(theirs);
        throw new Error(`never up: ${state}, ${lastError?.text}\n${await this.daemon.describe(ours)}`);
      });
    return { us, them: this.daemon, ours, theirs };
  }

  daemonConfig({
    over,
    ourAs = OUR_AS,
    theirAs = THEIR_AS,
    theirs,
    routes = [],
    others = [],
  }: PairOptions): DaemonConfig {
    const address = over === 'ipv6' ? 'fd00::1' : '10.0.0.1';
    return { as: theirAs, routes, neighbours: [{ address, as: ourAs, ...theirs }, ...others] };
  }

  override async clear(): Promise<void> {
    await this.daemon.kill(); // first, so that no connection waits for its last words
    await super.clear();
  }
}

/** Waits until a speaker has exactly these paths to a prefix, in any order; each says what matters of it. */
export function has(speaker: Speaker, prefix: string, ...paths: readonly Partial<SeenPath>[]): Promise<void> {
  return eventually(async () => {
    const seen = await speaker.paths(prefix);
    expect(seen).toHaveLength(paths.length);
    if (paths.length === 1) expect(seen[0]).toMatchObject(paths[0]);
    else expect(seen).toEqual(expect.arrayContaining(paths.map((path) => expect.objectContaining(path))));
  });
}

export const hasNot = (speaker: Speaker, prefix: string): Promise<void> => has(speaker, prefix);

/** A speaker's address of the family of another one. */
export const addressLike = (speaker: Speaker, other: string): string =>
  isIpv6(other) ? speaker.address6 : speaker.address;
