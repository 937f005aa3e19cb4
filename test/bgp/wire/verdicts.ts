import type { UpdateVerdict } from '../../../lib/bgp/wire/verdict';

/** What is done, as the documentation writes it. */
export type RuleOutcome = 'accept' | 'discard' | 'withdraw' | `reset 3/${number}`;

/**
 * One error: the octets of the attribute in an UPDATE that is good but for it, and what comes of it by who sends it.
 */
export interface ErrorRow {
  readonly attribute: string;
  readonly error: string;
  /** Hexadecimal digits: takes the place of the good attribute of this type. */
  readonly octets: string;
  readonly external: RuleOutcome;
  readonly internal: RuleOutcome;
  readonly clause: string;
}

type Line = readonly [
  error: string,
  octets: string,
  outcome: RuleOutcome | readonly [RuleOutcome, RuleOutcome],
  clause: string,
];

const rows = (attribute: string, ...lines: readonly Line[]): ErrorRow[] =>
  lines.map(([error, octets, outcome, clause]) => {
    const [external, internal] = typeof outcome === 'string' ? [outcome, outcome] : outcome;
    return { attribute, error, octets, external, internal, clause };
  });

const ADDRESS = `20010db8${'00'.repeat(12)}`;
const OUTSIDE = ['discard', 'accept'] as const;
const OUTSIDE_BAD = ['discard', 'withdraw'] as const;

/** Every kind of error that an attribute can have, with the clause that says what is to be done. */
export const ERRORS: readonly ErrorRow[] = [
  ...rows(
    'ORIGIN',
    ['length other than 1', '4001020000', 'withdraw', 'RFC 7606 7.1'],
    ['value above 2', '40010103', 'withdraw', 'RFC 7606 7.1'],
    ['Optional bit', 'c0010100', 'withdraw', 'RFC 7606 3 (c)'],
    ['missing', '', 'withdraw', 'RFC 7606 3 (d)'],
    ['Partial bit', '60010100', 'accept', 'RFC 7606 3 (c): names two other bits'],
  ),
  ...rows(
    'AS_PATH',
    ['segment type unknown', '40020605010000fde9', 'withdraw', 'RFC 7606 7.2'],
    ['segment longer than the attribute', '40020602020000fde9', 'withdraw', 'RFC 7606 7.2'],
    ['one octet behind the last segment', '40020702010000fde902', 'withdraw', 'RFC 7606 7.2'],
    ['segment of no AS numbers', '4002020200', 'withdraw', 'RFC 7606 7.2'],
    ['AS 0', '400206020100000000', 'withdraw', 'RFC 7607 2'],
    ['confederation segment', '40020603010000fde9', ['withdraw', 'accept'], 'RFC 5065 5.1'],
    ['AS_SET', '4002 0c 0201 0000fde9 0101 0000fdea', 'accept', 'RFC 9774 3: refused on request, see below'],
    ['missing', '', 'withdraw', 'RFC 7606 3 (d)'],
  ),
  ...rows(
    'NEXT_HOP',
    ['length other than 4', '4003050a00000100', 'withdraw', 'RFC 7606 7.3'],
    ['loopback, 127/8', '4003047f000001', 'withdraw', 'RFC 4271 6.3, RFC 1122 3.2.1.3 (g)'],
    ['"this network", 0/8', '40030400000001', 'withdraw', 'RFC 4271 6.3, RFC 1122 3.2.1.3 (a)'],
    [
      'multicast, reserved or broadcast, from 224 on',
      '400304ffffffff',
      'withdraw',
      'RFC 4271 6.3, RFC 1122 3.2.1.3 (c)',
    ],
    ['missing', '', 'withdraw', 'RFC 7606 3 (d)'],
  ),
  ...rows(
    'MULTI_EXIT_DISC',
    ['length other than 4', '800403000001', 'withdraw', 'RFC 7606 7.4'],
    ['Transitive bit', 'c00404 00000001', 'withdraw', 'RFC 7606 3 (c)'],
    ['twice', '80040400000001 80040400000002', 'discard', 'RFC 7606 3 (g): the first counts'],
  ),
  ...rows(
    'LOCAL_PREF',
    ['from an external neighbour', '40050400000064', OUTSIDE, 'RFC 7606 7.5'],
    ['length other than 4', '400500', OUTSIDE_BAD, 'RFC 7606 7.5'],
    ['missing', '', ['accept', 'withdraw'], 'RFC 4271 5.1.5, RFC 7606 3 (d)'],
  ),
  ...rows(
    'ATOMIC_AGGREGATE',
    ['length other than 0', '40060100', 'discard', 'RFC 7606 7.6'],
    ['Optional bit', 'c00600', 'discard', 'RFC 7606 3 (f)'],
  ),
  ...rows(
    'AGGREGATOR',
    ['length other than 8 (6 with two-octet AS numbers)', 'c00706fde90a000001', 'discard', 'RFC 7606 7.7'],
    ['AS 0', 'c00708000000000a000001', 'discard', 'RFC 7607 2'],
    ['Transitive bit missing', '8007080000fde90a000001', 'discard', 'RFC 7606 3 (f)'],
  ),
  ...rows(
    'COMMUNITIES',
    ['length no multiple of 4', 'c00806ffff00010000', 'withdraw', 'RFC 7606 7.8'],
    ['length 0', 'c00800', 'withdraw', 'RFC 7606 7.8'],
    ['Transitive bit missing', '800804ffff0001', 'withdraw', 'RFC 7606 3 (c)'],
  ),
  ...rows(
    'ORIGINATOR_ID',
    ['from an external neighbour', '8009040a000001', OUTSIDE, 'RFC 7606 7.9'],
    ['length other than 4', '8009030a0000', OUTSIDE_BAD, 'RFC 7606 7.9'],
  ),
  ...rows(
    'CLUSTER_LIST',
    ['from an external neighbour', '800a040a000001', OUTSIDE, 'RFC 7606 7.10'],
    ['length no multiple of 4', '800a050a00000100', OUTSIDE_BAD, 'RFC 7606 7.10'],
    ['length 0', '800a00', OUTSIDE_BAD, 'RFC 7606 7.10'],
    ['Transitive bit', 'c00a040a000001', ['withdraw', 'withdraw'], 'RFC 7606 3 (c)'],
  ),
  ...rows(
    'MP_REACH_NLRI',
    ['shorter than its fixed fields', '800e04 000201 00', 'reset 3/9', 'RFC 7606 5.3'],
    ['next hop length that the family has not', `800e14 000201 0f ${ADDRESS.slice(2)}00`, 'reset 3/1', 'RFC 7606 7.11'],
    ['next hop beyond the attribute', '800e05 000201 10 00', 'reset 3/1', 'RFC 7606 7.11'],
    ['next hop no host', `800e16 000201 10 ff02${'00'.repeat(14)} 00 00`, 'withdraw', 'RFC 4271 6.3, RFC 4291 2.5'],
    ['prefix longer than 128 bits', `800e16 000201 10 ${ADDRESS} 00 81`, 'reset 3/9', 'RFC 7606 5.3'],
    ['prefix cut short', `800e17 000201 10 ${ADDRESS} 00 40 20`, 'reset 3/9', 'RFC 7606 5.3'],
    ['Transitive bit', `c00e16 000201 10 ${ADDRESS} 00 00`, 'reset 3/4', 'RFC 7606 5.3'],
    ['twice', `800e16 000201 10 ${ADDRESS} 00 00`.repeat(2), 'reset 3/1', 'RFC 7606 3 (g)'],
    ['beyond the attributes', '800eff 000201', 'reset 3/1', 'RFC 7606 3 (j)'],
  ),
  ...rows(
    'MP_UNREACH_NLRI',
    ['shorter than its fixed fields', '800f02 0002', 'reset 3/9', 'RFC 7606 5.3'],
    ['prefix cut short', '800f05 000201 40 20', 'reset 3/9', 'RFC 7606 5.3'],
    ['Transitive bit', 'c00f03 000201', 'reset 3/4', 'RFC 7606 5.3'],
    ['twice', '800f03 000201 800f03 000201', 'reset 3/1', 'RFC 7606 3 (g)'],
  ),
  ...rows(
    'EXTENDED COMMUNITIES',
    ['length no multiple of 8', 'c010070002fde9000000', 'withdraw', 'RFC 7606 7.14'],
    ['type unknown', 'c010083f3f000000000001', 'accept', 'RFC 7606 7.14'],
  ),
  ...rows('AS4_PATH', ['with four-octet AS numbers agreed on', 'c01106020100010000', 'discard', 'RFC 6793 6']),
  ...rows('AS4_AGGREGATOR', [
    'with four-octet AS numbers agreed on',
    'c01208000100000a000001',
    'discard',
    'RFC 6793 6',
  ]),
  ...rows('PMSI_TUNNEL', ['length below 5', 'c01604 00000000', 'withdraw', 'RFC 6514 5, RFC 7606 2']),
  ...rows(
    'Tunnel Encapsulation',
    ['no TLV', 'c01700', 'withdraw', 'RFC 9012 13'],
    ['TLV longer than the attribute', 'c01704 0001 0001', 'withdraw', 'RFC 9012 13'],
    ['sub-TLV longer than its TLV', 'c0170a 0001 0006 016ae0e0e0e0', 'withdraw', 'RFC 9012 13'],
    ['sub-TLV with a length of two octets', 'c01709 0001 0005 80 0002 0000', 'accept', 'RFC 9012 2'],
    ['sub-TLV cut short', 'c01706 0001 0002 8000', 'withdraw', 'RFC 9012 13'],
  ),
  ...rows('Traffic Engineering', ['length below 36', '80180400000000', 'withdraw', 'RFC 7606 7.13']),
  ...rows('IPv6 Extended Communities', [
    'length no multiple of 20',
    'c019080002fde900000001',
    'withdraw',
    'RFC 7606 7.15',
  ]),
  ...rows(
    'AIGP',
    ['TLV of a wrong length', '801a050100050000', 'discard', 'RFC 7311 3'],
    ['Transitive bit', 'c01a0b01000b0000000000000001', 'discard', 'RFC 7311 4'],
  ),
  ...rows('BGP-LS Attribute', ['TLV longer than the attribute', '801d05040000ff00', 'discard', 'RFC 9552 8.2.2']),
  ...rows(
    'LARGE_COMMUNITY',
    ['length no multiple of 12', 'c0200400000001', 'withdraw', 'RFC 8092 6'],
    ['length 0', 'c02000', 'withdraw', 'RFC 8092 6'],
  ),
  ...rows('ONLY_TO_CUSTOMER', ['length other than 4', 'c023030000fd', 'withdraw', 'RFC 9234 5']),
  ...rows('BGP Prefix-SID', ['Label-Index of a wrong length', 'c02803010000', 'discard', 'RFC 8669 6']),
  ...rows(
    'ATTR_SET',
    ['routes in it', 'c08008 0000fde9 800f01 00', 'withdraw', 'RFC 7606 7.16'],
    ['an attribute in it cut short', 'c08007 0000fde9 400101', 'withdraw', 'RFC 7606 7.16'],
  ),
  ...rows(
    'any other',
    ['optional and transitive', 'c0630401020304', 'accept', 'RFC 4271 5: passed on as partial'],
    ['optional, not transitive', '80630401020304', 'discard', 'RFC 4271 5'],
    ['well-known', '40630401020304', 'reset 3/2', 'RFC 4271 6.3'],
    ['longer than all attributes', 'c063ff', 'withdraw', 'RFC 7606 4'],
    ['header cut short', 'c0', 'withdraw', 'RFC 7606 4'],
    ['extended length where none is needed', 'd063000101', 'accept', 'RFC 4271 4.3'],
    ['unused flag bits', 'cf630101', 'accept', 'RFC 4271 4.3'],
  ),
];

/** A verdict in the words of the table. */
export const outcomeOf = (verdict: UpdateVerdict): RuleOutcome => {
  if (verdict.kind === 'session-reset')
    return `reset ${verdict.notification.code}/${verdict.notification.subcode}` as RuleOutcome;
  const words = { accept: 'accept', 'attribute-discard': 'discard', 'treat-as-withdraw': 'withdraw' } as const;
  return words[verdict.kind];
};

/** The table of docs/errors.md. */
export function renderErrors(): string {
  const line = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line('Attribute', 'Error', 'External', 'Internal', 'Clause'),
    line('---', '---', '---', '---', '---'),
    ...ERRORS.map(({ attribute, error, external, internal, clause }) =>
      line(attribute, error, external, internal, clause),
    ),
    '',
  ].join('\n');
}
