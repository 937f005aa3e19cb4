import { AsNumber } from '../../model/as-number';
import { Problem } from '../../model/problem';
import type { ProviderFunction } from '../server';

/** `provider::peerform::as_number("1.1575")` → 67111. */
export const asNumber: ProviderFunction = {
  summary: 'The AS number that a text writes',
  description: 'Reads an AS number written plain ("67111") or dotted ("1.1575", RFC 5396) and gives it as a number.',
  parameters: [{ name: 'text', type: 'string', description: 'The AS number, plain or dotted.' }],
  returns: 'number',
  call([text]) {
    const parsed = AsNumber.parse(text);
    return parsed instanceof Problem ? { error: parsed.toString(), argument: 0 } : { result: parsed.value };
  },
};
