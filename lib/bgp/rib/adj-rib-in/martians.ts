/*
 * Hot path: each received prefix is looked up in SUSPECTS by the first octet of its address, which clears nearly all;
 * only a message that contains a suspect is examined further.
 */
import type { AddressFamily } from '../../../model/address';
import { MARTIANS } from '../../../model/martian';
import { PrefixRules, REJECTED } from '../../policy/prefix-rules';
import { type PrefixTable, ROW, ROW_IPV6, ROW_KEY, ROW_LENGTH, ROW_META } from '../table/prefix-table';

const RANGES = new PrefixRules(
  MARTIANS.map(({ range }) => ({ prefix: range, outcome: 0 })),
  REJECTED,
);

/** By first octet of an address of the family: 1 if a martian may begin with it. */
export const SUSPECTS: Readonly<Record<AddressFamily, Uint8Array>> = { ipv4: suspects('ipv4'), ipv6: suspects('ipv6') };

function suspects(family: AddressFamily): Uint8Array {
  const found = new Uint8Array(256);
  for (const { range } of MARTIANS) {
    if (range.family !== family) continue;
    const [first] = range.address.bytes;
    found.fill(1, first, first + (1 << Math.max(0, 8 - range.length)));
  }
  return found;
}

/** Whether the prefix with this id is a martian: equal to a range of the table or within it. */
export function isMartian(prefixes: PrefixTable, id: number): boolean {
  const { rows } = prefixes;
  const meta = rows[id * ROW + ROW_META];
  if ((meta & ROW_IPV6) === 0) {
    const address = rows[id * ROW + ROW_KEY];
    return SUSPECTS.ipv4[address >>> 24] !== 0 && RANGES.outcome4(address, meta & ROW_LENGTH) !== REJECTED;
  }
  const first = prefixes.word6(id, 0);
  if (SUSPECTS.ipv6[first >>> 24] === 0) return false;
  const [b, c, d] = [prefixes.word6(id, 1), prefixes.word6(id, 2), prefixes.word6(id, 3)];
  return RANGES.outcome6(first, b, c, d, meta & ROW_LENGTH) !== REJECTED;
}
