import { Prefix } from './prefix';
import { Problem, sure } from './problem';

/**
 * A range to which no route may lead: a prefix equal to it or within it is a martian. What covers it is an ordinary
 * prefix.
 */
interface Martian {
  readonly range: Prefix;
  /** What the range is for. */
  readonly use: string;
  readonly source: string;
  /** Whether an import rule that names a prefix within the range may let routes in; else nothing may. */
  readonly isAdmissible: boolean;
}

const martian = (range: string, use: string, source: string, isAdmissible = false): Martian => ({
  range: sure(Prefix.parse(range)),
  use,
  source,
  isAdmissible,
});

/**
 * All of them. RFC 4271 section 6.3 asks that a multicast prefix be ignored, RFC 7454 section 6.1.1 that prefixes be
 * refused which the registries of RFC 6890 mark as never forwarded. Of those, private, shared, documentation and
 * benchmarking space are left out: within a network of one's own they are ordinary, and filters at its edge say
 * otherwise. Ranges do not overlap.
 */
export const MARTIANS: readonly Martian[] = [
  martian('0.0.0.0/8', 'this network', 'RFC 6890 table 1; RFC 1122 section 3.2.1.3', true),
  martian('127.0.0.0/8', 'loopback', 'RFC 6890 table 4; RFC 1122 section 3.2.1.3'),
  martian('169.254.0.0/16', 'link-local', 'RFC 6890 table 5; RFC 3927 section 2.7'),
  martian('224.0.0.0/4', 'multicast', 'RFC 4271 section 6.3; RFC 5771'),
  martian('240.0.0.0/4', 'reserved', 'RFC 6890 tables 15 and 16; RFC 1112 section 4', true), // 255.255.255.255 with it
  martian('::/128', 'the unspecified address', 'RFC 6890 table 18; RFC 4291 section 2.5.2', true),
  martian('::1/128', 'loopback', 'RFC 6890 table 17; RFC 4291 section 2.5.3'),
  martian('::ffff:0:0/96', 'IPv4-mapped', 'RFC 6890 table 20; RFC 4291 section 2.5.5.2', true),
  martian('fe80::/10', 'link-local', 'RFC 6890 table 29; RFC 4291 section 2.5.6'),
  martian('ff00::/8', 'multicast', 'RFC 4271 section 6.3; RFC 4291 section 2.7'),
];

/** The range that makes a prefix a martian; undefined where it is none. */
export const martianOf = (prefix: Prefix): Martian | undefined => MARTIANS.find(({ range }) => range.contains(prefix));

/** What is wrong with a prefix that somebody wants advertised. */
export function martianProblem(prefix: Prefix, path: string): Problem | undefined {
  const found = martianOf(prefix);
  return found && Problem.of('martian', `${prefix} is within ${found.range} (${found.use}, ${found.source})`, path);
}
