import { describeIneligibility, isIneligibility } from '../../bgp/rib/adj-rib-in/ineligibility';
import type { RouteEntry } from '../../bgp/rib/rib';
import type { RibView } from '../../bgp/rib/rib-view';
import { RouteHop } from '../../bgp/rib/route-hop';
import type { PathAttributes } from '../../bgp/wire/path-attributes';
import type { RouteQuery } from '../../control/protocol';
import type { RouteStatus } from '../../control/status';
import { IpAddress } from '../../model/address';
import type { Fabric } from '../../model/fabric';
import { Prefix } from '../../model/prefix';
import { attributeTexts } from './route-text';
import { rejection, ruleStatus } from './rule-text';
import type { Policies } from './running-policies';

/** Information on routes besides the table. */
export interface RouteContext {
  readonly rib: RibView;
  /** The running fabric, with the names of filters. */
  readonly fabric: Fabric | undefined;
  /** The name of a neighbour, by its number in the RIB, as in the status of its session. */
  neighbour(peer: number): string;
  /** See {@link runningPolicies}. */
  policies(peer: number): Policies | undefined;
  /** Why the best route to a prefix is not written to the kernel; undefined if it is. */
  withheld(prefix: Prefix): string | undefined;
  /** Converts a time of the speaker's clock, in seconds, to the control protocol's format. */
  time(seconds: number): string;
}

/** Prefixes skipped before yielding: a few milliseconds' worth. */
const PASSED_OVER = 4096;

/** Every path of the table by prefix, or those selected by a query; undefined allows to yield. */
export function* routeStatuses(
  context: RouteContext,
  query: RouteQuery | undefined,
): Generator<RouteStatus | undefined> {
  let passed = 0;
  for (const prefix of prefixesFor(context.rib, query))
    if (!prefix) yield undefined;
    else if (query === undefined || query.match !== 'within' || query.prefix.contains(prefix))
      for (const entry of context.rib.routes({ prefix })) yield* entryStatuses(context, entry);
    else if (++passed % PASSED_OVER === 0) yield undefined;
}

function prefixesFor(rib: RibView, query: RouteQuery | undefined): Iterable<Prefix | undefined> {
  if (query === undefined || query.match === 'within')
    return query ? rib.prefixes([query.prefix.family]) : rib.prefixes();
  const { prefix, match } = query;
  const lengths = match === 'exact' ? 1 : prefix.length + 1;
  return Array.from({ length: lengths }, (_, i) => Prefix.of(prefix.address, prefix.length - i));
}

const entryStatuses = (context: RouteContext, entry: RouteEntry): RouteStatus[] =>
  entry.paths.map((_, index) => pathStatus(context, entry, index));

/** A path of an entry; `attributes`: those to show. Default: those in use. */
export function pathStatus(
  { rib, fabric, policies, withheld, time, neighbour }: RouteContext,
  { prefix, best, paths }: RouteEntry,
  index: number,
  attributes: PathAttributes = paths[index].attributes,
): RouteStatus {
  const { path, peer, interface: link, beside, reason, stale, since } = paths[index];
  const isLocal = peer === 0;
  const isBest = index === best;
  const policy = isLocal ? undefined : policies(peer)?.importPolicy;
  const at = isLocal ? -1 : rib.importRule(path, prefix);
  const rule = ruleStatus(fabric, policy, at);
  const heldBack = isBest && !isLocal ? withheld(prefix) : undefined;
  const why = reason === 'policy' ? `: ${rejection(fabric, policy, at)}` : '';
  return {
    prefix: prefix.toString(),
    isBest,
    ...(beside && { isBeside: true }),
    ...(reason !== undefined && {
      reason: isIneligibility(reason)
        ? `${describeIneligibility(reason)}${why}`
        : beside
          ? `used beside the best path (multipath), which wins by ${reason}`
          : `another is better: ${reason}`,
      code: reason,
    }),
    ...(rule && { rule }),
    ...(heldBack !== undefined && { withheld: heldBack }),
    from: isLocal ? 'local' : neighbour(peer),
    ...(!isLocal && nextHopText(attributes, link)),
    ...attributeTexts(attributes),
    since: time(since),
    ...(stale && { isStale: true }),
  };
}

/** The name of a neighbour: its address, or over a link without addresses that of the node's link, `node1%eth0`. */
export const neighbourText = (
  peer: { readonly address: IpAddress; readonly interface?: string } | undefined,
  node: string,
): string => (peer?.interface === undefined ? String(peer?.address) : `${node}%${peer.interface}`);

export const nextHopText = ({ nextHop }: PathAttributes, link?: string): { readonly nextHop?: string } =>
  nextHop ? { nextHop: new RouteHop(IpAddress.fromBytes(nextHop), link).toString() } : {};
