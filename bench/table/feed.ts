import type { WireContext } from '../../lib/bgp/wire/context';
import type { Family } from '../../lib/bgp/wire/family';
import { type PathAttributes, SEGMENT } from '../../lib/bgp/wire/path-attributes';
import { encodeAttributes, endOfRib, UpdateWriter } from '../../lib/bgp/wire/update';
import { hashOfPath, weight } from './checksum';
import type { Prefixes } from './prefixes';
import { randoms } from './random';

/** A neighbour's whole table, ready to be sent. */
export interface Feed {
  /** UPDATE messages, End-of-RIB the last. */
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Distinct sets of attributes. */
  readonly sets: number;
  /** See checksum.ts. */
  readonly checksum: number;
}

export interface FeedOptions {
  readonly nextHop: Uint8Array;
  readonly seed?: number;
  /** Prefixes a set of attributes, on average: about 170,000 sets of a million prefixes. */
  readonly perSet?: number;
  /** Prefixes a message, on average: a set is spread over several. */
  readonly perMessage?: number;
}

/**
 * The table of a neighbour (`context.localAs`) for a daemon (`context.peerAs`). The same arguments give the same
 * octets.
 */
export function feed(table: Prefixes, context: WireContext, options: FeedOptions): Feed {
  const { nextHop, seed = 2, perSet = 5.9, perMessage = 3.66 } = options;
  const { width, words, lengths, count } = table;
  const family: Family = `${table.family} unicast`;
  const random = randoms(seed);
  const limit = Math.max(1, Math.round(count / perSet));
  const sets: { readonly encoded: Uint8Array; readonly path: number }[] = [];
  const writer = new UpdateWriter(context, count * (table.family === 'ipv4' ? 40 : 70) + 65536);
  let checksum = 0;
  for (let at = 0; at < count; ) {
    // Every set is used: one that was not yet, or one of the others, in the proportion in which both are still to come.
    const isNew = sets.length < limit && random(Math.ceil((count - at) / perMessage)) < limit - sets.length;
    if (isNew || sets.length === 0) sets.push(makeSet(context, family, nextHop, random));
    const { encoded, path } = sets[isNew ? sets.length - 1 : random(sets.length)];
    writer.announce(family, encoded, nextHop);
    for (let n = 1 + random(Math.round(2 * perMessage) - 1); n > 0 && at < count; n--, at++) {
      const word = at * width;
      const [second, third, fourth] = width === 1 ? [0, 0, 0] : [words[word + 1], words[word + 2], words[word + 3]];
      writer.add(words[word], second, third, fourth, lengths[at]);
      checksum = (checksum + weight(words[word] | 0, second | 0, lengths[at], path)) | 0;
    }
  }
  const updates = writer.take();
  const end = endOfRib(family);
  const bytes = new Uint8Array(updates.length + end.length);
  bytes.set(updates);
  bytes.set(end, updates.length);
  return { bytes, count, sets: sets.length, checksum };
}

function makeSet(context: WireContext, family: Family, nextHop: Uint8Array, random: (below: number) => number) {
  const members = [context.localAs];
  for (let hops = 2 + random(4); hops > 0; hops--) members.push(1 + random(64000));
  const attributes: PathAttributes = {
    origin: random(10) === 0 ? 2 : 0,
    asPath: [{ type: SEGMENT.sequence, members }],
    nextHop,
    ...(context.session === 'ibgp' && { localPref: 100 }),
    ...(random(3) === 0 && { med: random(100) }),
    ...(random(2) === 0 && {
      communities: [members[1] * 65536 + random(1000), members[1] * 65536 + random(1000)],
    }),
  };
  return { encoded: encodeAttributes(attributes, context, family), path: members.reduce(hashOfPath, 1) };
}
