import { sessionReadings } from '../../../lib/agent/network/session-readings';
import { PrefixLosses } from '../../../lib/agent/observed/prefix-losses';
import { type SessionReading, SessionRecord } from '../../../lib/agent/observed/session-record';
import { OBSERVATION_VERSION, type Observation } from '../../../lib/control/observed';
import { ADDRESS_FAMILIES } from '../../../lib/model/address';
import type { Fabric } from '../../../lib/model/fabric';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { addressOf } from '../../../lib/topology/derive';
import { Fleet } from '../../node/fleet';

/** Simulated nodes that are deployed to as agents are, and note what happens to them as agents do. */
export class NotingFleet {
  readonly fleet: Fleet;
  private readonly records = new Map<string, SessionRecord>();
  private readonly losses = new Map<string, PrefixLosses>();
  private readonly origins = new Map<string, string[]>();
  private began = 0;

  constructor(
    private readonly before: Fabric,
    private readonly after: Fabric,
    outsideAs?: number,
    links?: readonly string[],
    instead?: Readonly<Record<string, Fabric>>,
  ) {
    this.fleet = new Fleet(before, after, outsideAs, links, instead);
  }

  /** Every node has a workload in each of its families. */
  private originate(): void {
    const { network } = this.fleet;
    for (const [i, name] of [
      ...new Set([...Object.keys(this.before.nodes), ...Object.keys(this.after.nodes)]),
    ].entries()) {
      const node = this.before.nodes[name];
      if (!node) continue;
      const own = ADDRESS_FAMILIES.filter((family) => addressOf(node, family)).map((family) =>
        family === 'ipv4' ? `192.0.2.${i + 1}/32` : `2001:db8:1::${i + 1}/128`,
      );
      this.origins.set(name, own);
      for (const prefix of own) network.give(name, { kind: 'originate', prefix: sure(Prefix.parse(prefix)) });
    }
  }

  deploy(waves: readonly (readonly string[])[]): void {
    const { fleet, before } = this;
    const { network } = fleet;
    this.originate();
    network.run(60_000);
    this.began = network.now;
    for (const name of Object.keys(before.nodes)) this.note(name);
    fleet.onRoutes = (node, changes) => {
      const losses = this.losses.get(node);
      if (losses?.isWatching) for (const change of changes) losses.take(change);
    };
    const give = network.give.bind(network);
    network.give = (name, input) => {
      if (!this.records.has(name) && this.after.nodes[name]) this.note(name);
      const { events } = network.node(name);
      const from = events.length;
      give(name, input);
      const record = this.records.get(name);
      if (!record) return;
      for (const { type, session } of events.slice(from))
        if (['up', 'down', 'attempt'].includes(type)) this.moved(record, name, session);
      if (input.kind === 'configure') record.configured(this.readings(name));
    };
    fleet.deploy(waves);
    network.give = give;
  }

  /** What the nodes that stay or join would tell. */
  observations(): Map<string, Observation[]> {
    const found = new Map<string, Observation[]>();
    const at = this.fleet.network.now;
    for (const [node, record] of this.records) {
      if (!this.after.nodes[node]) continue;
      found.set(node, [
        {
          ...{ version: OBSERVATION_VERSION, node, release: 'after', activation: 2, kind: 'deploy', began: '' },
          ...{ lasted: at - this.began, isOver: true, steps: { closed: at - this.began }, withdrawn: [], gaps: [] },
          sessions: record.list(),
          losses: this.losses.get(node)!.list(at),
          origins: this.origins.get(node) ?? [],
          cut: { sessions: 0, losses: 0, origins: 0 },
        },
      ]);
    }
    return found;
  }

  private note(name: string): void {
    this.records.set(name, new SessionRecord(this.fleet.network.node(name) ? this.readings(name) : []));
    const losses = new PrefixLosses(() => this.fleet.network.now);
    losses.begin();
    this.losses.set(name, losses);
  }

  private moved(record: SessionRecord, name: string, key: string): void {
    const at = this.fleet.network.now - this.began;
    const reading = this.readings(name).find((one) => one.key === key);
    if (reading) record.moved(reading, at);
    else record.gone(key, at);
  }

  private readings(name: string): SessionReading[] {
    return sessionReadings(this.fleet.network.node(name).speaker, this.fleet.running.get(name) ?? [], []);
  }
}
