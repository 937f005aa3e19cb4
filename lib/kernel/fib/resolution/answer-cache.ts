import type { IpAddress } from '../../../model/address';
import type { Hop } from '../../codec/route-info';
import type { Reason } from '../state/nexthop-set';
import { AddressIndex } from './address-index';
import type { Way } from './resolution';
import { ANY_LINK } from './seen-links';

/** How a next hop is reached, and what that depends on. */
export interface Answer {
  readonly address: IpAddress;
  readonly ways: readonly Way[];
  readonly reason: Reason;
  /** Next hops of our own routes that were looked up for it. */
  readonly met: readonly IpAddress[];
  /** Indexes of the links that were examined, and of those among them that are unusable now. */
  readonly links: ReadonlySet<number>;
}

/** Answers by next hop (as a string), kept until something changes that they depend on. */
export class AnswerCache {
  private readonly answers = new Map<string, Answer>();
  /** Stale answers, oldest first. */
  readonly stale = new Map<string, Answer>();
  /** By next hop looked up on behalf of others: the others. */
  private readonly dependents = new Map<string, { readonly address: IpAddress; readonly keys: Set<string> }>();
  /** Their addresses, by family. */
  private readonly met = [new AddressIndex(), new AddressIndex()] as const;
  /** Addresses of all answers, by family. */
  private readonly known = [new AddressIndex(), new AddressIndex()] as const;

  get(key: string): Answer | undefined {
    return this.answers.get(key);
  }

  /** Stores an answer. Returns the previous one if it was stale. */
  put(key: string, answer: Answer): Answer | undefined {
    const former = this.stale.get(key);
    this.stale.delete(key);
    this.answers.set(key, answer);
    this.depend(key, answer, true);
    this.known[familyOf(answer.address)].add(answer.address);
    return former;
  }

  /** Removes an answer that is no longer needed. */
  drop(key: string, address: IpAddress): void {
    this.doubt(key);
    this.stale.delete(key);
    this.known[familyOf(address)].delete(address);
  }

  /** Marks all answers as stale. */
  doubtAll(): void {
    for (const key of this.answers.keys()) this.doubt(key);
  }

  /** A link changed: answers that depend on it become stale. */
  doubtLink(index: number): void {
    for (const [key, { links }] of this.answers) if (links.has(index) || links.has(ANY_LINK)) this.doubt(key);
  }

  /**
   * A route to the prefix of `length` bits stored in `key` changed: answers that may depend on it become stale. True if
   * there are any.
   */
  doubtIn(family: 0 | 1, key: Int32Array, length: number): boolean {
    const [known, met] = [this.known[family], this.met[family]];
    let isAny = false;
    if (known.has(key, length))
      for (const address of known.within(key, length)) {
        isAny = true;
        this.doubt(String(address));
      }
    if (met.has(key, length))
      for (const address of [...met.within(key, length)]) {
        isAny = true;
        for (const one of [...(this.dependents.get(String(address))?.keys ?? [])]) this.doubt(one);
      }
    return isAny;
  }

  private doubt(key: string): void {
    const answer = this.answers.get(key);
    if (!answer) return;
    this.answers.delete(key);
    this.stale.set(key, answer);
    this.depend(key, answer, false);
  }

  /** Adds or removes an answer's dependency on the next hops looked up for it. */
  private depend(key: string, { met }: Answer, isSo: boolean): void {
    for (const address of met) {
      const text = String(address);
      const index = this.met[familyOf(address)];
      const known = this.dependents.get(text);
      if (isSo) {
        if (known) known.keys.add(key);
        else {
          this.dependents.set(text, { address, keys: new Set([key]) });
          index.add(address);
        }
      } else if (known?.keys.delete(key) && known.keys.size === 0) {
        this.dependents.delete(text);
        index.delete(address);
      }
    }
  }
}

const familyOf = ({ family }: IpAddress): 0 | 1 => (family === 'ipv4' ? 0 : 1);

/** Whether routes that use the next hop need no update. */
export function isSameAnswer(one: Answer, other: Answer): boolean {
  return (
    one.reason === other.reason &&
    one.ways.length === other.ways.length &&
    one.ways.every((way, i) => isSameWay(way, other.ways[i]))
  );
}

const isSameWay = (one: Way, other: Way): boolean =>
  one.onLink === other.onLink &&
  one.isDefault === other.isDefault &&
  one.hops.length === other.hops.length &&
  one.hops.every((hop, i) => isSameHop(hop, other.hops[i]));

const isSameHop = (one: Hop, other: Hop): boolean =>
  one.interface === other.interface &&
  one.weight === other.weight &&
  one.onlink === other.onlink &&
  (one.gateway === other.gateway || (one.gateway !== undefined && other.gateway?.equals(one.gateway) === true));
