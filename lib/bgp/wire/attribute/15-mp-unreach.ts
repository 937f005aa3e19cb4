import { UPDATE_ERROR } from '../notification-codes';
import { read16 } from '../octets';
import { decodeRoutes, encodeRoutes, type Routes } from './14-mp-reach';
import { type AttributeCodec, Malformed } from './attribute';

/** MP_UNREACH_NLRI (RFC 4760 section 4). */
type MpUnreach = Routes;

/** The same checks as those of `splitUpdate`, which examines every message first. */
export const mpUnreach: AttributeCodec<MpUnreach> = {
  decode(bytes, start, end, context) {
    if (end - start < 3) return malformed;
    const [afi, safi] = [read16(bytes, start), bytes[start + 2]];
    const routes = decodeRoutes(bytes, start + 3, end, afi, safi, context);
    return routes ? { afi, safi, routes } : malformed;
  },
  encode({ afi, safi, routes }, out, context) {
    out.write16(afi).write8(safi);
    encodeRoutes(routes, out, afi, safi, context);
  },
};

const malformed = new Malformed(UPDATE_ERROR.optionalAttribute, 'the routes are malformed');
