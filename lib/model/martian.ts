import { Prefix } from './prefix';
import { Problem, sure } from './problem';

/** A range that no route may lead to: a prefix equal to or within it is a martian. A less specific prefix is not. */
interface Martian {
  readonly range: Prefix;
  /** Purpose of the range. */
  readonly use: string;
  readonly source: string;
  /** Whether an import rule that names a prefix within the range may accept routes. If not, nothing may. */
  readonly isAdmissible: boolean;
}

const martian = (range: string, use: string, source: string, isAdmissible = false): Martian => ({
  range: sure(Prefix.parse(range)),
  use,
  source,
  isAdmissible,
});

/**
 * RFC 4271 section 6.3 requires that a multicast prefix be ignored. RFC 7454 section 6.1.1 recommends rejecting
 * prefixes that the registries of RFC 6890 mark as never forwarded. Private, shared, documentation and benchmarking
 * space are left out: they are common within a network, and filters at its edge can reject them. Ranges do not overlap.
 */
export const MARTIANS: readonly Martian[] = [
  martian('0.0.0.0/8', 'this network', 'RFC 6890 table 1; RFC 1122 section 3.2.1.3', true),
  martian('127.0.0.0/8', 'loopback', 'RFC 6890 table 4; RFC 1122 section 3.2.1.3'),
  martian('169.254.0.0/16', 'link-local', 'RFC 6890 table 5; RFC 3927 section 2.7'),
  martian('224.0.0.0/4', 'multicast', 'RFC 4271 section 6.3; RFC 5771'),
  martian('240.0.0.0/4', 'reserved', 'RFC 6890 tables 15 and 16; RFC 1112 section 4', true), // includes 255.255.255.255
  martian('::/128', 'the unspecified address', 'RFC 6890 table 18; RFC 4291 section 2.5.2', true),
  martian('::1/128', 'loopback', 'RFC 6890 table 17; RFC 4291 section 2.5.3'),
  martian('::ffff:0:0/96', 'IPv4-mapped', 'RFC 6890 table 20; RFC 4291 section 2.5.5.2', true),
  martian('fe80::/10', 'link-local', 'RFC 6890 table 29; RFC 4291 section 2.5.6'),
  martian('ff00::/8', 'multicast', 'RFC 4271 section 6.3; RFC 4291 section 2.7'),
];

/** The range that makes a prefix a martian, if any. */
export const martianOf = (prefix: Prefix): Martian | undefined => MARTIANS.find(({ range }) => range.contains(prefix));

/** Why a prefix must not be advertised, if it must not. */
export function martianProblem(prefix: Prefix, path: string): Problem | undefined {
  const found = martianOf(prefix);
  return found && Problem.of('martian', `${prefix} is within ${found.range} (${found.use}, ${found.source})`, path);
}
