import { AsNumber } from '../../model/as-number';
import { Problem } from '../../model/problem';
import type { ProviderFunction } from '../resource-api';

/** `provider::peerform::as_number("1.1575")` → 67111. */
export const asNumberFunction: ProviderFunction = {
  summary: 'The AS number that a string denotes',
  description:
    'Reads an AS number in plain ("67111") or dotted ("1.1575", RFC 5396) notation and returns it as a number.',
  parameters: [{ name: 'text', type: 'string', description: 'The AS number, plain or dotted.' }],
  returns: 'number',
  call([text]) {
    const parsed = AsNumber.parse(text);
    return parsed instanceof Problem ? { error: parsed.toString(), argument: 0 } : { result: parsed.value };
  },
};
