// On the hot path: `pull` runs for every chunk sent.
import type { SpeakerPeer } from './peer';
import type { Rib } from './rib/rib';
import { read16 } from './wire/octets';

/** Octets of UPDATEs requested from the RIB at once, and built in one turn for all peers together. */
const CHUNK = 64 * 1024;
const TURN = 256 * 1024;

/** Schedules UPDATEs from the RIB to peers that may have output, first come first served, in turns. */
export class UpdateScheduler {
  /** Another turn is needed: there may be routes or output. One turn serves many inputs. */
  isDue = false;
  /** Routes changed since the last turn: every established peer may need an UPDATE. */
  private hasNews = false;
  /** Established peers, and those of them that may have output. */
  private readonly up = new Set<SpeakerPeer>();
  private readonly due = new Set<SpeakerPeer>();

  /** Routes changed, or may have. */
  routesChanged(): void {
    this.isDue = this.hasNews = true;
  }

  /** The session is Established: it is sent the whole table. */
  open(peer: SpeakerPeer): void {
    this.up.add(peer);
    this.owe(peer);
  }

  close(peer: SpeakerPeer): void {
    this.up.delete(peer);
    this.due.delete(peer);
  }

  /** It may have output. */
  owe(peer: SpeakerPeer): void {
    this.isDue = true;
    this.due.add(peer);
  }

  /** Whether the RIB has no output for any established peer. */
  isEmpty(rib: Rib): boolean {
    for (const { ribId } of this.up) if (rib.hasOutput(ribId)) return false;
    return true;
  }

  /** Sends what one turn permits, to the peers that may receive updates now. */
  send(rib: Rib, mayBeTold: (peer: SpeakerPeer) => boolean): void {
    if (this.hasNews) for (const peer of this.up) this.due.add(peer);
    this.hasNews = false;
    let budget = TURN;
    for (const peer of this.due) {
      if (!mayBeTold(peer)) continue;
      this.due.delete(peer);
      budget = pull(rib, peer, budget);
      if (budget > 0) continue;
      this.owe(peer); // after the others
      return;
    }
  }
}

function pull(rib: Rib, { session, ribId, connection }: SpeakerPeer, budget: number): number {
  let left = budget;
  while (connection && !connection.isFull && left > 0 && connection === session.established) {
    const bytes = rib.hasOutput(ribId) ? rib.takeOutput(ribId, CHUNK) : undefined;
    if (!bytes || bytes.length === 0) break;
    const messages = countMessages(bytes);
    connection.send(bytes, messages, messages);
    left -= bytes.length;
  }
  return left;
}

/** Number of messages in a sequence of complete ones. */
function countMessages(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at + 18 < bytes.length; at += read16(bytes, at + 16)) count++;
  return count;
}
