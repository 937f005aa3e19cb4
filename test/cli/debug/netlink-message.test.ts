import fc from 'fast-check';
import { decodeRouteMessage, encodeRouteMessage } from '../../../lib/cli/debug/netlink-message';

test('octets that are a route message come back as they came', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
      const bytes = Uint8Array.from([...start, ...rest]);
      const decoded = decodeRouteMessage(bytes);
      if (!decoded) return;
      const again = encodeRouteMessage(decoded);
      expect(encodeRouteMessage(decodeRouteMessage(again)!)).toEqual(again);
      expect(decodeRouteMessage(again)).toEqual(decoded);
    }),
    { numRuns: 500 },
  );
});
