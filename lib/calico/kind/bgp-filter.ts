import { ADDRESS_BITS, type AddressFamily } from '../../model/address';
import { asNumber, community, integer, interfaceName, isSet, list, network, oneOf, rule } from '../check';
import { checkOf, each, group, type Row, taken, told } from '../row';

/** Calico's maximum LOCAL_PREF: a priority is the difference to it. */
export const MOST_LOCAL_PREFERENCE = 2147483647;
const priority = integer(1, MOST_LOCAL_PREFERENCE - 1);

const OPERATIONS = ['addCommunity', 'prependASPath', 'setPriority'] as const;

const operations = each(
  {
    addCommunity: group({ value: taken('`addCommunities` of `set`', { required: community }) }),
    prependASPath: group({
      prefix: taken('`prependAsNumbers` of `set`', { required: list(asNumber, { least: 1, most: 10 }) }),
    }),
    setPriority: group({ value: taken('`localPreference` of `set`, 2147483647 minus it', { required: priority }) }),
  },
  {
    least: 1,
    most: 10,
    rules: [
      rule(
        '',
        `an operation must be one of ${OPERATIONS.join(', ')}`,
        (spec) => OPERATIONS.filter((name) => isSet(spec[name])).length !== 1,
      ),
    ],
  },
);

export const NO_INTERFACE = 'a received route has no interface';

const WITH_EQUAL = 'a filter that has it with `Equal` or `NotEqual` is left out, as its rule matches nothing in Calico';

function filterRules(direction: 'import' | 'export', family: AddressFamily): Row<{ taken: string }> {
  const length = taken('`ge` and `le`', integer(0, ADDRESS_BITS[family]), WITH_EQUAL);
  return each(
    {
      cidr: taken('`prefix`', network({ family })),
      matchOperator: taken(
        '`prefix`, `ge` and `le`; several rules for a negation',
        oneOf('Equal', 'NotEqual', 'In', 'NotIn'),
      ),
      prefixLength: group({ min: length, max: length }),
      source: taken('`source`', oneOf('RemotePeers')),
      interface: direction === 'import' ? told(NO_INTERFACE, interfaceName) : taken('`interface`', interfaceName),
      peerType: taken('`peerType`', oneOf('eBGP', 'iBGP')),
      communities: group({ values: taken('`communities`', { required: list(community, { least: 1, most: 1 }) }) }),
      asPathPrefix: taken('`asPathBeginsWith`', list(asNumber)),
      priority: taken('`localPreference`, 2147483647 minus it', priority),
      action: taken('`action`', { required: oneOf('Accept', 'Reject') }),
      operations,
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
}

/** Fields of `BGPFilter`: ordered rules for each direction and family. */
export const BGP_FILTER = {
  exportV4: filterRules('export', 'ipv4'),
  importV4: filterRules('import', 'ipv4'),
  exportV6: filterRules('export', 'ipv6'),
  importV6: filterRules('import', 'ipv6'),
};

/** Checks a v3 `BGPFilter`. */
export const bgpFilterSpec = checkOf(BGP_FILTER);
