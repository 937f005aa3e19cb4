// On the hot path: `pull` runs for every chunk that goes out.
import type { Member } from './member';
import type { Rib } from './rib/rib';
import { read16 } from './wire/octets';

/** Octets of UPDATEs asked of the RIB at once, and made in one turn for all sessions together. */
const CHUNK = 64 * 1024;
const TURN = 256 * 1024;

/** Which sessions may have something to be told, first come first served, and the way of UPDATEs out of the RIB to them. */
export class Outbox {
  /** Those that are up, and those of them for whom there may be output. */
  private readonly up = new Set<Member>();
  private readonly due = new Set<Member>();

  /** The session is Established: all that the RIB has is for it. */
  open(member: Member): void {
    this.up.add(member);
    this.due.add(member);
  }

  close(member: Member): void {
    this.up.delete(member);
    this.due.delete(member);
  }

  /** There may be output for it. */
  owe(member: Member): void {
    this.due.add(member);
  }

  /** Routes changed: everybody may have to be told. */
  oweAll(): void {
    for (const member of this.up) this.due.add(member);
  }

  /** Whether the RIB has nothing for anybody who is up. */
  isEmpty(rib: Rib): boolean {
    for (const { ribId } of this.up) if (rib.hasOutput(ribId)) return false;
    return true;
  }

  /** Sends what one turn allows, to those that may be told by now; answers whether something may be left for these. */
  send(rib: Rib, isToBeTold: (member: Member) => boolean): boolean {
    let budget = TURN;
    for (const member of this.due) {
      if (!isToBeTold(member)) continue;
      this.due.delete(member);
      budget = pull(rib, member, budget);
      if (budget > 0) continue;
      this.due.add(member); // behind the others
      return true;
    }
    return false;
  }
}

function pull(rib: Rib, { session, ribId, lane }: Member, budget: number): number {
  let left = budget;
  while (lane && !lane.isFull && left > 0 && lane === session.established) {
    const bytes = rib.hasOutput(ribId) ? rib.takeOutput(ribId, CHUNK) : undefined;
    if (!bytes || bytes.length === 0) break;
    const messages = countMessages(bytes);
    lane.send(bytes, messages, messages);
    left -= bytes.length;
  }
  return left;
}

/** Messages in a run of whole ones. */
function countMessages(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at + 18 < bytes.length; at += read16(bytes, at + 16)) count++;
  return count;
}
