import type { BestRouteChange } from '../../lib/bgp/rib/rib';
import type { SessionConfig } from '../../lib/bgp/session/config';
import type { SpeakerSession } from '../../lib/bgp/speaker';
import {
  activate,
  confirm,
  emptied,
  finalise,
  INITIAL_STATE,
  Refusal,
  rollBack,
  stage,
  type TransactionState,
} from '../../lib/control/transaction';
import { ADDRESS_FAMILIES } from '../../lib/model/address';
import type { Fabric } from '../../lib/model/fabric';
import { heldOf } from '../../lib/node/held';
import { localAsAfter } from '../../lib/node/local-as';
import { onLinks } from '../../lib/node/on-links';
import { routingOf } from '../../lib/node/routing';
import { type RunningSession, runningSessions } from '../../lib/node/sessions';
import { sign } from '../../lib/node/signing';
import { Simulation } from '../../lib/preview/simulator';
import { addressOf, sessionsOf } from '../../lib/topology/derive';

/** What befell one end of a session since {@link Fleet.watch}. */
export interface Fate {
  /** How often it went down. */
  readonly downs: number;
  /** Whether this end's own configuration reset it. */
  readonly isReset: boolean;
  /** Whether it took on something without a reset. */
  readonly isRetuned: boolean;
}

const SETTLES = 100_000;
const STEP = 40_000;

/**
 * Nodes that run real speakers on a simulated network, taken from one release to the next as agents are: by the
 * transaction, with the sessions that follow from each of its states. Neighbours outside take and tell everything.
 */
export class Fleet {
  readonly network = new Simulation(undefined, (node, changes) => this.onRoutes(node, changes));
  /** Told of each change of best routes. */
  onRoutes: (node: string, changes: readonly BestRouteChange[]) => void = () => {};
  private readonly states = new Map<string, TransactionState>();
  /** What had been done to the ends of sessions before, by node and key. */
  private readonly since = new Map<string, { readonly reset: number; readonly retuned: number }>();
  private began = 0;
  /** The sessions of each node, on its links. */
  readonly running = new Map<string, readonly RunningSession[]>();

  constructor(
    private readonly before: Fabric,
    private readonly after: Fabric,
    /** The AS that all outside neighbours are in. Default: those that both releases give. */
    private readonly outsideAs?: number,
    /** The links of every node that are up. */
    private readonly links: readonly string[] = [],
    /** What single nodes run instead of the first release, such as one that an earlier deploy left there. */
    private readonly instead: Readonly<Record<string, Fabric>> = {},
  ) {
    this.network.run(1);
    for (const name of Object.keys(before.nodes)) this.join(name);
    for (const name of Object.keys(before.nodes)) {
      const command = commandOf('before');
      this.step(name, (state) => stage(state, command));
      this.step(name, (state) => activate(state, command, { deadline: DEADLINE }));
      this.step(name, (state) => confirm(state, command));
    }
    this.outside();
    this.network.run(SETTLES);
  }

  /** The sessions of a node that run, by their keys. */
  sessions(name: string): Map<string, SpeakerSession> {
    const { speaker } = this.network.node(name);
    return new Map(speaker.status(this.network.now).map((session) => [session.key, session]));
  }

  /** The deploy, wave by wave. */
  deploy(waves: readonly (readonly string[])[]): void {
    this.activate(waves);
    const { after } = this;
    const command = commandOf('after');
    const names = Object.keys(after.nodes);
    for (const name of names) this.step(name, (state) => confirm(state, command));
    for (const name of names) this.step(name, (state) => finalise(state, command));
    this.network.run(STEP);
    for (const name of names) {
      this.step(name, emptied);
      this.network.run(1000);
    }
    for (const name of Object.keys(this.before.nodes))
      if (!after.nodes[name]) this.network.give(name, { kind: 'stop', text: 'leaves' });
    this.network.run(SETTLES);
  }

  /** A deploy whose last wave fails: every node returns, one after another. */
  undo(waves: readonly (readonly string[])[]): void {
    this.activate(waves);
    const command = commandOf('after');
    for (const name of Object.keys(this.after.nodes)) {
      this.step(name, (state) => rollBack(state, command, 'the gate failed'));
      this.network.run(2000);
    }
    this.network.run(SETTLES);
  }

  private activate(waves: readonly (readonly string[])[]): void {
    this.began = this.network.now;
    for (const name of this.states.keys())
      for (const key of this.sessions(name).keys()) this.since.set(`${name} ${key}`, { ...this.changed(name, key) });
    const { after } = this;
    const command = commandOf('after');
    for (const name of Object.keys(after.nodes)) {
      if (!this.states.has(name)) this.join(name);
      this.step(name, (state) => stage(state, command));
    }
    this.network.run(STEP);
    for (const wave of waves) {
      for (const name of wave)
        this.step(name, (state) => {
          const from = state.active && {
            fabric: this.firstOf(name),
            ...(state.active.localAs && { localAs: state.active.localAs }),
          };
          return activate(state, command, {
            deadline: DEADLINE,
            localAs: localAsAfter(from ?? undefined, after, name),
          });
        });
      this.network.run(STEP);
    }
  }

  /**
   * What the ends of a session that is up have agreed on, as text; what counts from the next attempt on is not asked
   * for.
   */
  agreed(name: string, key: string): string {
    const session = this.network.node(name).speaker.session(key);
    const agreed = session?.established?.agreed;
    if (!agreed) return session ? 'down' : 'none';
    const { context, localId, peerRouterId, holdTime, pair } = agreed;
    const sets = [context.families, context.addPathReceive, context.addPathSend, context.extendedNextHop];
    return JSON.stringify([
      ...[pair.localAs, pair.remoteAs, localId, peerRouterId, holdTime, session.established?.key],
      ...sets.map((set) => [...set].sort()),
    ]);
  }

  fate(name: string, key: string): Fate {
    const downs = this.network
      .node(name)
      .events.filter(({ at, session, type }) => at >= this.began && session === key && type === 'down');
    const before = this.since.get(`${name} ${key}`) ?? { reset: 0, retuned: 0 };
    const now = this.changed(name, key);
    return {
      downs: downs.length,
      isReset: now.reset > before.reset,
      isRetuned: now.retuned > before.retuned,
    };
  }

  private firstOf(name: string): Fabric {
    return this.instead[name] ?? this.before;
  }

  private inItsAs(config: SessionConfig): SessionConfig {
    const localAs = this.outsideAs;
    if (localAs === undefined) return config;
    return { ...config, acceptable: config.acceptable.map(({ remoteAs }) => ({ localAs, remoteAs })) };
  }

  private join(name: string): void {
    const addresses = [this.before, this.after, this.firstOf(name)].flatMap((fabric) => {
      const node = fabric.nodes[name];
      const own = ADDRESS_FAMILIES.flatMap((family) => (node && addressOf(node, family)?.toString()) ?? []);
      const cabled = node ? sessionsOf(fabric, name).filter(({ isInside, interface: link }) => isInside && link) : [];
      return [...own, ...cabled.map(({ localAddress }) => localAddress.toString())];
    });
    this.network.add(name, [...new Set(addresses)]);
    this.states.set(name, INITIAL_STATE);
  }

  /** How often configurations reset and retuned the end of a session. */
  private changed(name: string, key: string): { readonly reset: number; readonly retuned: number } {
    return this.network.node(name).speaker.session(key)?.counts.changed ?? { reset: 0, retuned: 0 };
  }

  private step(name: string, next: (state: TransactionState) => TransactionState | Refusal): void {
    const state = next(this.states.get(name)!);
    if (state instanceof Refusal) throw new Error(`${name}: ${state.message}`);
    this.states.set(name, state);
    const held = heldOf(state, name, (release) => (release === 'before' ? this.firstOf(name) : this.after));
    if (!held.active) return;
    const { sessions } = sign(runningSessions(held, name), [], (reference) => ({ name: reference }));
    const running = onLinks(sessions, this.links);
    this.running.set(name, running);
    const routing = routingOf(held.active.fabric, name);
    this.network.give(name, { kind: 'configure', routing, sessions: running.map(({ config }) => config) });
  }

  /** One speaker for each address outside, which takes what either release says and offers all that there is. */
  private outside(): void {
    const speakers = new Map<string, Map<string, SessionConfig>>();
    const { before, after } = this;
    for (const fabric of [before, after])
      for (const name of Object.keys(fabric.nodes)) {
        const localAs = fabric === after ? localAsAfter({ fabric: before }, after, name) : undefined;
        const running = runningSessions({ active: { fabric, ...(localAs && { localAs }) } }, name);
        for (const { config } of onLinks(running, this.links)) {
          if (config.inside) continue;
          const address = String(config.remoteAddress);
          const known = speakers.get(address) ?? new Map<string, SessionConfig>();
          const other = this.inItsAs(mirrored(config, fabric.listenPort, speakers.size));
          const same = known.get(other.key);
          speakers.set(address, known);
          // some release has the node wait for it
          const dial = [same, other].some((one) => one?.dial === 'first') ? 'first' : 'never';
          known.set(other.key, same ? { ...same, dial, acceptable: [...same.acceptable, ...other.acceptable] } : other);
        }
      }
    for (const [address, configs] of speakers) {
      const sessions = [...configs.values()];
      this.network.add(address, [address]);
      this.network.give(address, { kind: 'configure', routing: { routerId: sessions[0].routerId }, sessions });
    }
  }
}

const DEADLINE = { boot: 'one', at: Number.MAX_SAFE_INTEGER };
const commandOf = (release: 'before' | 'after') => ({
  ...{ release, activation: release === 'before' ? 1 : 2 },
  ...{ fabric: 'lab', owner: 'us' },
});

function mirrored(config: SessionConfig, listenPort: number, ordinal: number): SessionConfig {
  const { localAddress, remoteAddress } = config;
  return {
    ...config,
    key: `${remoteAddress} ${localAddress}`, // wherever the node listens from now on
    localAddress: remoteAddress,
    remoteAddress: localAddress,
    port: listenPort,
    acceptable: config.acceptable.map(({ localAs, remoteAs }) => ({ localAs: remoteAs, remoteAs: localAs })),
    routerId: 0x09090909 + ordinal,
    families: ['ipv4 unicast', 'ipv6 unicast'],
    dial: config.dial === 'never' ? 'first' : 'never',
    holdTime: 240,
    inside: true,
    importPolicy: EVERYTHING,
    exportPolicy: EVERYTHING,
    adminDown: undefined,
    bfd: undefined,
    role: undefined,
    nodeAs: undefined,
    addPath: { receive: ['ipv4 unicast', 'ipv6 unicast'], send: ['ipv4 unicast', 'ipv6 unicast'] },
    extendedNextHop: true,
    localAddresses: { [remoteAddress.family]: remoteAddress },
  };
}

const EVERYTHING = { rules: [], otherwise: 'accept' } as const;
