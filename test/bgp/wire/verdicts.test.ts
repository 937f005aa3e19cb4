import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ATTRIBUTES } from '../../../lib/bgp/wire/attribute';
import { decodeUpdate } from '../../../lib/bgp/wire/update';
import { session } from './arbitraries';
import { update } from './updates';
import { ERRORS, outcomeOf, renderErrors } from './verdicts';

const FILE = join(__dirname, '../../../docs/errors.md');
const [ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF] = ['40010100', '4002060201 0000fde9', '4003040a000001', '40050400000064'];
const TYPES: Readonly<Record<string, string>> = { ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF };

/** A good UPDATE of 10.0.0.0/8 and fields that it can do without, but for this attribute. */
function judged(kind: 'ebgp' | 'ibgp', attribute: string, faulty: string): string {
  const good = Object.keys(TYPES).filter((name) => name !== attribute && (name !== 'LOCAL_PREF' || kind === 'ibgp'));
  const body = update('', good.map((name) => TYPES[name]).join('') + faulty, '08 0a');
  return outcomeOf(decodeUpdate(body, 0, body.length, session({ session: kind })).verdict);
}

describe('an UPDATE with one bad attribute (RFC 7606)', () => {
  test.each(ERRORS)('$attribute, $error', ({ attribute, octets: faulty, external, internal }) => {
    expect([judged('ebgp', attribute, faulty), judged('ibgp', attribute, faulty)]).toEqual([external, internal]);
  });

  test('every attribute that this speaker reads has a row', () => {
    const known = new Set(ERRORS.map(({ attribute }) => attribute));
    for (const { name } of Object.values(ATTRIBUTES)) expect(known).toContain(name);
  });

  test('docs/errors.md is this table; UPDATE_ERRORS=1 writes it anew', () => {
    const text = readFileSync(FILE, 'utf8');
    const wanted = text.slice(0, text.indexOf('| Attribute')) + renderErrors();
    if (process.env.UPDATE_ERRORS) writeFileSync(FILE, wanted);
    expect(readFileSync(FILE, 'utf8')).toBe(wanted);
  });
});
