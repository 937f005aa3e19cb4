import type { Input } from '../bgp/effects';
import type { SessionConfig } from '../bgp/session/config';

type Watching = Pick<SessionConfig, 'key' | 'localAddress' | 'remoteAddress' | 'inside'>;

/**
 * BFD on a network whose paths never fail: a session is up if both ends have it, and outside neighbours always have it.
 * So a session that waits for BFD only waits for its other end to be configured.
 */
export class SimulatedBfd {
  private readonly byNode = new Map<string, readonly Watching[]>();
  /** Number of sessions with BFD, by their two addresses. */
  private readonly watching = new Map<string, number>();

  /** Sets the sessions of a node. Returns whether BFD is used on this network. */
  configure(node: string, sessions: readonly SessionConfig[]): boolean {
    const before = this.byNode.get(node) ?? [];
    const now = sessions.filter(({ bfd }) => bfd);
    this.count(before, -1);
    this.count(now, 1);
    this.byNode.set(node, now);
    return before.length > 0 || now.length > 0;
  }

  /** BFD state of each session that uses it. */
  *verdicts(): Generator<readonly [node: string, input: Extract<Input, { kind: 'bfd' }>]> {
    for (const [node, sessions] of this.byNode)
      for (const { key: session, localAddress, remoteAddress, inside } of sessions) {
        const isUp = !inside || this.watching.has(`${remoteAddress} ${localAddress}`);
        yield [node, { kind: 'bfd', session, verdict: isUp ? 'up' : 'unknown', outlives: true, why: '' }];
      }
  }

  private count(sessions: readonly Watching[], by: 1 | -1): void {
    for (const { localAddress, remoteAddress } of sessions) {
      const ends = `${localAddress} ${remoteAddress}`;
      const count = (this.watching.get(ends) ?? 0) + by;
      if (count === 0) this.watching.delete(ends);
      else this.watching.set(ends, count);
    }
  }
}
