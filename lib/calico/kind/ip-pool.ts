import { Prefix } from '../../model/prefix';
import { Problem, sure } from '../../model/problem';
import { boolean, type Check, integer, isSet, list, network, oneOf, rule, selector } from '../check';
import { networkOf } from '../network';
import type { Spec } from '../resource';
import { checkOf, refused, taken, told, undecided, unrelated } from '../row';
import { NO_TUNNEL } from './node';

const encapsulation = oneOf('Never', 'Always', 'CrossSubnet');

/** Bits of a block that nobody gave a size, and the sizes it may have. */
const BLOCK = { ipv4: { usual: 26, least: 20, most: 32 }, ipv6: { usual: 122, least: 116, most: 128 } } as const;

const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map((text) => sure(Prefix.parse(text)));

/** The size of a block of a pool with this network, where none is given. */
export const usualBlockSize = (cidr: string): number => BLOCK[cidr.includes(':') ? 'ipv6' : 'ipv4'].usual;

const ADDRESSES = 'how addresses are assigned';

/** What Calico's own code of v1 had in the same place. */
const ofV1 =
  (reason: string): Check =>
  (value) =>
    isSet(value) ? [Problem.of('calico-resource', reason, '')] : [];

/**
 * The fields of an `IPPool`. What is exported are routes within pools, whether addresses are still assigned from them
 * or not.
 */
export const IP_POOL = {
  cidr: taken('`prefix` of a rule of `calico-default`', { required: network() }),
  ipipMode: undecided(NO_TUNNEL, encapsulation, 'Never'),
  vxlanMode: undecided(NO_TUNNEL, encapsulation, 'Never'),
  natOutgoing: told('a fabric does not do NAT', boolean),
  disabled: unrelated(ADDRESSES, boolean),
  disableBGPExport: taken('`action` of a rule of `calico-default`', boolean),
  blockSize: unrelated(ADDRESSES, integer(0, 128)),
  nodeSelector: unrelated(ADDRESSES, selector),
  namespaceSelector: unrelated(ADDRESSES, selector),
  allowedUses: unrelated(ADDRESSES, list(oneOf('Workload', 'Tunnel', 'LoadBalancer'))),
  assignmentMode: unrelated(ADDRESSES, oneOf('Automatic', 'Manual')),
  ipip: refused('ipip is a field of v1: write ipipMode', ofV1),
  'nat-outgoing': refused('nat-outgoing is a field of v1: write natOutgoing', ofV1),
};

/** An `IPPool` of v3. */
export const ipPoolSpec = checkOf(IP_POOL, {
  open: true,
  rules: [
    rule(
      'ipipMode',
      'IPIP does not support IPv6',
      (spec) => isTunnelled(spec.ipipMode) && String(spec.cidr).includes(':'),
    ),
    rule(
      'ipipMode',
      'IPIP cannot be combined with VXLAN',
      ({ ipipMode, vxlanMode }) => isTunnelled(ipipMode) && isTunnelled(vxlanMode),
    ),
    rule('blockSize', 'this is not a valid block size', hasWrongBlock),
    rule('cidr', 'the pool is smaller than a block', isTooSmall),
    rule('cidr', 'the pool overlaps link-local addresses', isLinkLocal),
    rule('allowedUses', 'a LoadBalancer pool must have no other use, no tunnel and all nodes', isMixedLoadBalancer),
  ],
});

const isTunnelled = (mode: unknown): boolean => mode === 'Always' || mode === 'CrossSubnet';

function hasWrongBlock({ cidr, blockSize }: Spec): boolean {
  const found = networkOf(cidr);
  if (!found || !isSet(blockSize)) return false;
  const { least, most } = BLOCK[found.address.family];
  return (blockSize as number) < least || (blockSize as number) > most;
}

function isTooSmall({ cidr, blockSize, disabled }: Spec): boolean {
  const found = networkOf(cidr);
  if (!found || disabled === true) return false;
  return found.length > (isSet(blockSize) ? (blockSize as number) : BLOCK[found.address.family].usual);
}

function isLinkLocal({ cidr }: Spec): boolean {
  const found = networkOf(cidr);
  if (!found) return false;
  const pool = Prefix.of(found.address, found.length);
  return LINK_LOCAL.some((range) => range.contains(pool) || pool.contains(range));
}

function isMixedLoadBalancer({ allowedUses, ipipMode, vxlanMode, disableBGPExport, nodeSelector }: Spec): boolean {
  if (!Array.isArray(allowedUses) || !allowedUses.includes('LoadBalancer')) return false;
  const isForAll = !isSet(nodeSelector) || nodeSelector === 'all()';
  return (
    allowedUses.length > 1 || isTunnelled(ipipMode) || isTunnelled(vxlanMode) || disableBGPExport === true || !isForAll
  );
}
