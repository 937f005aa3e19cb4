import { Prefix } from '../../model/prefix';
import { Problem, sure } from '../../model/problem';
import { boolean, type Check, integer, isSet, list, network, oneOf, rule, selector } from '../check';
import { networkOf } from '../network';
import type { Spec } from '../resource';
import { checkOf, refused, taken, told, undecided, unrelated } from '../row';
import { NO_TUNNEL } from './node';

const encapsulation = oneOf('Never', 'Always', 'CrossSubnet');

/** Default block size in bits, and the allowed range. */
const BLOCK = { ipv4: { usual: 26, least: 20, most: 32 }, ipv6: { usual: 122, least: 116, most: 128 } } as const;

const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map((text) => sure(Prefix.parse(text)));

/** Default block size for a pool with this network. */
export const usualBlockSize = (cidr: string): number => BLOCK[cidr.includes(':') ? 'ipv6' : 'ipv4'].usual;

const ADDRESSES = 'how addresses are assigned';

/** The corresponding field of v1. */
const ofV1 =
  (reason: string): Check =>
  (value) =>
    isSet(value) ? [Problem.of('calico-resource', reason, '')] : [];

/** Fields of `IPPool`. Routes within a pool are exported whether or not addresses are still assigned from it. */
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

/** Checks a v3 `IPPool`. */
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
