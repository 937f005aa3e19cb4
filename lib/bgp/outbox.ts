// On the hot path: `pull` runs for every chunk that goes out.
import type { Member } from './member';
import type { Rib } from './rib/rib';
import { read16 } from './wire/octets';

/** While so many octets of a connection wait in the network, no more UPDATEs are made for it. */
export const OUTSTANDING_LIMIT = 512 * 1024;
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

  /** Sends what one turn allows; answers whether something may be left. */
  send(rib: Rib): boolean {
    let budget = TURN;
    for (const member of this.due) {
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
  while (lane && lane.outstanding < OUTSTANDING_LIMIT && left > 0 && lane === session.established) {
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
