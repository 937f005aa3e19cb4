import type { Fabric } from '../../model/fabric';
import { eachListed, type FieldRows, played } from './row';
import { sessionRows } from './session-options';

type Rack = Fabric['racks'][string];
type TopOfRack = Rack['topOfRack'][number];

const TOP_OF_RACK_FIELDS: FieldRows<TopOfRack> = {
  ...sessionRows(() => true),
  ...{ ipv4Address: played, ipv6Address: played, interface: played, asNumber: played, peerType: played },
};

/** What a change to each field of a rack can do to routes. */
export const RACK_FIELDS: FieldRows<Rack> = {
  asNumber: played,
  topOfRack: eachListed(
    ({ ipv4Address, ipv6Address, interface: link }) => [ipv4Address, ipv6Address, link].filter(Boolean).join(' '),
    TOP_OF_RACK_FIELDS,
  ),
};
