import fc from 'fast-check';
import type { WireContext } from '../../../lib/bgp/wire/context';
import { numbersOf } from '../../../lib/bgp/wire/family';
import { encodeNlri, type Nlri } from '../../../lib/bgp/wire/nlri';
import { OctetWriter } from '../../../lib/bgp/wire/octets';
import { encodeAttributes } from '../../../lib/bgp/wire/update';
import { hex, nlriOf, octets, pathAttributes } from './arbitraries';

/** The body of an UPDATE out of the octets of its three fields, in hexadecimal digits. */
export function update(withdrawn: string, attributes: string, nlri: string): Uint8Array {
  const [gone, block] = [octets(withdrawn), octets(attributes)];
  return new OctetWriter()
    .write16(gone.length)
    .write(gone)
    .write16(block.length)
    .write(block)
    .write(octets(nlri))
    .toBytes();
}

/**
 * Bodies of UPDATE messages that an internal neighbour may send, with routes of both families, written by hand: not by
 * the code under test.
 */
export function updateBody(context: WireContext): fc.Arbitrary<Uint8Array> {
  const [addPath4, addPath6] = [context.addPathSend.has('ipv4 unicast'), context.addPathSend.has('ipv6 unicast')];
  const nextHop = fc.constantFrom(
    '20010db8000000000000000000000001',
    '20010db8000000000000000000000001fe800000000000000000000000000001',
  );
  return fc
    .record({
      route: pathAttributes,
      withdrawn: nlriOf('ipv4', addPath4),
      nlri: nlriOf('ipv4', addPath4),
      reach: nlriOf('ipv6', addPath6),
      unreach: nlriOf('ipv6', addPath6),
      nextHop,
    })
    .map(({ route, withdrawn, nlri, reach, unreach, nextHop: hop }) => {
      const { afi, safi } = numbersOf('ipv6 unicast');
      const mp = (type: number, head: string, routes: Nlri[], addPath: boolean) => {
        const value = octets(`000${afi}0${safi}${head}${field(routes, addPath)}`);
        const length = value.length.toString(16).padStart(4, '0');
        return routes.length === 0 ? '' : `90${type.toString(16).padStart(2, '0')}${length}${hex(value)}`;
      };
      const size = (hop.length / 2).toString(16);
      const block =
        mp(14, `${size}${hop}00`, reach, addPath6) +
        hex(encodeAttributes(route, context)) +
        mp(15, '', unreach, addPath6);
      return update(field(withdrawn, addPath4), block, field(nlri, addPath4));
    });
}

function field(routes: Nlri[], addPath: boolean): string {
  const out = new OctetWriter();
  encodeNlri(routes, addPath, out);
  return hex(out.toBytes());
}
