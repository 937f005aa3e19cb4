import { Fleet } from '../fleet';

/** The agents of nodes that are not in a wave, found by the endpoints that its agents report. */
export class Beyond {
  private known: Promise<Readonly<Record<string, string>>> | undefined;
  private others: Promise<Fleet> | undefined;

  constructor(
    private readonly wave: Fleet,
    private readonly stop: AbortSignal,
  ) {}

  /** Those of these nodes that are not in the wave and run a release. */
  async running(nodes: Iterable<string>, release: string): Promise<ReadonlySet<string>> {
    const others = await this.of(nodes);
    const { statuses } = await others.survey();
    return new Set(
      [...statuses].flatMap(([node, { transaction }]) => (transaction.active?.release === release ? [node] : [])),
    );
  }

  /** The agents at the other end of the wave's internal sessions: of all of them, which takes a while to find out. */
  neighbours(): Promise<Fleet> {
    this.others ??= this.wave
      .inspect()
      .then(({ statuses }) =>
        this.of(
          [...statuses.values()].flatMap(({ sessions }) => sessions.flatMap(({ remoteNode }) => remoteNode ?? [])),
        ),
      );
    return this.others;
  }

  private async of(nodes: Iterable<string>): Promise<Fleet> {
    const others = new Set([...nodes].filter((node) => this.wave.endpoints[node] === undefined));
    if (others.size === 0) return new Fleet({}, this.stop);
    this.known ??= this.endpoints();
    return new Fleet(await this.known, this.stop).only((node) => others.has(node));
  }

  private async endpoints(): Promise<Readonly<Record<string, string>>> {
    for (const node of this.wave.nodes.slice(0, MOST_ASKED)) {
      const known = await this.wave.endpointsBy(node).catch(() => undefined);
      if (known) return known;
    }
    return {};
  }
}

/** Maximum number of agents that are asked for the endpoints of the others. */
const MOST_ASKED = 3;
