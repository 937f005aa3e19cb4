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
  /** Next hops of routes of our own that were looked up for it. */
  readonly met: readonly IpAddress[];
  /** Indexes of the links that were looked at for it, those among them that are of no use now. */
  readonly links: ReadonlySet<number>;
}

/** Answers by the text of their next hop, kept until something changes that they depend on. */
export class AnswerCache {
  private readonly answers = new Map<string, Answer>();
  /** Answers that may not hold any more: to be asked again, in the order in which they were doubted. */
  readonly stale = new Map<string, Answer>();
  /** By the text of a next hop that was looked up for others on the way, these. */
  private readonly dependents = new Map<string, { readonly address: IpAddress; readonly keys: Set<string> }>();
  /** Addresses of those, by family. */
  private readonly met = [new AddressIndex(), new AddressIndex()] as const;
  /** Addresses of all answers, by family. */
  private readonly known = [new AddressIndex(), new AddressIndex()] as const;

  get(key: string): Answer | undefined {
    return this.answers.get(key);
  }

  /** Keeps an answer. Returns the previous one, if that may not hold any more. */
  put(key: string, answer: Answer): Answer | undefined {
    const former = this.stale.get(key);
    this.stale.delete(key);
    this.answers.set(key, answer);
    this.depend(key, answer, true);
    this.known[familyOf(answer.address)].add(answer.address);
    return former;
  }

  /** Nobody asks for it any more. */
  drop(key: string, address: IpAddress): void {
    this.doubt(key);
    this.stale.delete(key);
    this.known[familyOf(address)].delete(address);
  }

  /** Everything is to be asked again. */
  doubtAll(): void {
    for (const key of this.answers.keys()) this.doubt(key);
  }

  /** A link changed: what it had a part in is to be asked again. */
  doubtLink(index: number): void {
    for (const [key, { links }] of this.answers) if (links.has(index) || links.has(ANY_LINK)) this.doubt(key);
  }

  /**
   * A route to the prefix of `length` bits that stands in the words of `key` changed: what it may have a part in is to
   * be asked again. True where that is anything.
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

  /** An answer depends, or no longer does, on the next hops that were looked up for it. */
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

/** Whether routes by it need not be looked at. */
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
