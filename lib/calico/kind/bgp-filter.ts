import { ADDRESS_BITS, type AddressFamily } from '../../model/address';
import {
  asNumber,
  type Check,
  community,
  integer,
  interfaceName,
  isSet,
  list,
  network,
  object,
  oneOf,
  rule,
} from '../check';

/** Greatest priority: LOCAL_PREF is 2147483647 less the priority. */
const priority = integer(1, 2 ** 31 - 2);

const OPERATIONS = ['addCommunity', 'prependASPath', 'setPriority'] as const;

const operation = object(
  {
    addCommunity: object({ value: { required: community } }),
    prependASPath: object({ prefix: { required: list(asNumber, { least: 1, most: 10 }) } }),
    setPriority: object({ value: { required: priority } }),
  },
  {
    rules: [
      rule(
        '',
        `an operation must be one of ${OPERATIONS.join(', ')}`,
        (spec) => OPERATIONS.filter((name) => isSet(spec[name])).length !== 1,
      ),
    ],
  },
);

const filterRule = (family: AddressFamily): Check =>
  object(
    {
      cidr: network({ family }),
      matchOperator: oneOf('Equal', 'NotEqual', 'In', 'NotIn'),
      prefixLength: object({ min: integer(0, ADDRESS_BITS[family]), max: integer(0, ADDRESS_BITS[family]) }),
      source: oneOf('RemotePeers'),
      interface: interfaceName,
      peerType: oneOf('eBGP', 'iBGP'),
      communities: object({ values: { required: list(community, { least: 1, most: 1 }) } }),
      asPathPrefix: list(asNumber),
      priority,
      action: { required: oneOf('Accept', 'Reject') },
      operations: list(operation, { least: 1, most: 10 }),
    },
    {
      rules: [
        rule(
          'matchOperator',
          'cidr and matchOperator must be set together',
          (spec) => isSet(spec.cidr) !== isSet(spec.matchOperator),
        ),
        rule('prefixLength', 'prefixLength needs a cidr', (spec) => isSet(spec.prefixLength) && !isSet(spec.cidr)),
        rule(
          'operations',
          'operations need a rule that accepts',
          (spec) => isSet(spec.operations) && spec.action !== 'Accept',
        ),
      ],
    },
  );

/** A `BGPFilter` of v3: ordered rules for each direction and family. */
export const bgpFilterSpec = object({
  exportV4: list(filterRule('ipv4')),
  importV4: list(filterRule('ipv4')),
  exportV6: list(filterRule('ipv6')),
  importV6: list(filterRule('ipv6')),
});
