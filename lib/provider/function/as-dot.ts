import { AsNumber } from '../../model/as-number';
import { Problem } from '../../model/problem';
import type { ProviderFunction } from '../resource-api';

/** `provider::peerform::as_dot(67111)` → "1.1575". */
export const asDot: ProviderFunction = {
  summary: 'An AS number in dotted notation',
  description: 'Returns an AS number in dotted notation (asdot+, RFC 5396), even below 65536: 64512 is "0.64512".',
  parameters: [{ name: 'as_number', type: 'number', description: 'The AS number.' }],
  returns: 'string',
  call([value]) {
    const parsed = AsNumber.parse(value);
    return parsed instanceof Problem ? { error: parsed.toString(), argument: 0 } : { result: parsed.toDotted() };
  },
};
