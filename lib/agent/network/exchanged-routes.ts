import { NOT_ADVERTISED } from '../../bgp/rib/adj-rib-out/not-advertised';
import type { AdvertisedRoute } from '../../bgp/rib/query/advertised-route';
import type { RuleMatches } from '../../bgp/rib/query/rule-matches';
import { yieldTurn } from '../../control/concurrency';
import type { ExchangeQuery, Side } from '../../control/protocol';
import type { RouteStatus, RuleMatchesStatus, SessionMatches } from '../../control/status';
import type { Policy } from '../../model/filter';
import type { Prefix } from '../../model/prefix';
import { OUT_OF_SERVICE } from '../../node/sessions';
import { nextHopText, pathStatus, type RouteContext } from './route-statuses';
import { attributeTexts } from './route-text';
import { namedRule, rejection, ruleStatus } from './rule-text';

/** Why a node out of service advertises nothing that its policies would permit. */
const SILENT = 'this node is out of service, and advertises nothing';

/** The routes exchanged over sessions with a neighbour, by prefix; undefined if there is no such session. */
export function exchangedRoutes(
  context: RouteContext,
  { neighbour, side, prefix }: ExchangeQuery,
): Iterable<RouteStatus | undefined> | undefined {
  const peers = context.rib.peersAt(neighbour);
  if (peers.length === 0) return undefined;
  return listed(context, peers, side, prefix);
}

function* listed(
  context: RouteContext,
  peers: readonly number[],
  side: Side,
  only: Prefix | undefined,
): Generator<RouteStatus | undefined> {
  const all = only ? [only] : context.rib.prefixesOf(peers, side === 'advertised' ? 'advertised' : 'received');
  for (const prefix of all)
    if (!prefix) yield undefined;
    else
      for (const peer of peers)
        if (side === 'advertised') yield* advertisedStatuses(context, peer, prefix, only !== undefined);
        else yield* receivedStatuses(context, peer, prefix, side);
}

function* receivedStatuses(
  context: RouteContext,
  peer: number,
  prefix: Prefix,
  side: 'received' | 'accepted',
): Generator<RouteStatus> {
  const { rib } = context;
  for (const entry of rib.routes({ prefix }))
    for (const [index, { path, peer: number }] of entry.paths.entries()) {
      if (number !== peer) continue;
      if (side === 'received') yield pathStatus(context, entry, index, rib.receivedAttributes(path));
      else if (rib.isAccepted(path)) yield pathStatus(context, entry, index);
    }
}

/** `explains`: also lists what is not advertised. */
function* advertisedStatuses(
  context: RouteContext,
  peer: number,
  prefix: Prefix,
  explains: boolean,
): Generator<RouteStatus> {
  for (const route of context.rib.advertised(peer, prefix))
    if (explains || route.obstacles.length === 0) yield advertisedStatus(context, peer, prefix, route);
}

function advertisedStatus(context: RouteContext, peer: number, prefix: Prefix, route: AdvertisedRoute): RouteStatus {
  const { fabric, policies, time, neighbour } = context;
  const { from, since, attributes, rule: at } = route;
  const [first, ...also] = ineligibilitiesOf(context, peer, prefix, route);
  const rule = first ? first.rule : ruleStatus(fabric, policies(peer)?.exportPolicy, at);
  return {
    prefix: prefix.toString(),
    isBest: first === undefined,
    ...(first && { reason: first.reason, code: first.code }),
    ...(rule && { rule }),
    ...(also.length > 0 && { also }),
    from: from === undefined ? '-' : from === 0 ? 'local' : neighbour(from),
    asPath: '',
    ...(attributes && { ...nextHopText(attributes), ...attributeTexts(attributes) }),
    ...(since !== undefined && { since: time(since) }),
  };
}

type Obstacle = NonNullable<RouteStatus['also']>[number];

/**
 * Why a route is not advertised to a neighbour. Filter results are listed in addition to the node being out of service,
 * as that may end.
 */
function ineligibilitiesOf(
  { rib, fabric, policies }: RouteContext,
  peer: number,
  prefix: Prefix,
  { path, obstacles, rule }: AdvertisedRoute,
): Obstacle[] {
  const { exportPolicy, inService } = policies(peer) ?? {};
  const rejected = (policy: Policy | undefined, at: number): Obstacle => {
    const by = ruleStatus(fabric, policy, at);
    return {
      code: 'policy',
      reason: `${NOT_ADVERTISED.policy}: ${rejection(fabric, policy, at)}`,
      ...(by && { rule: by }),
    };
  };
  return obstacles.flatMap((code): Obstacle[] => {
    if (code !== 'policy') return [{ code, reason: NOT_ADVERTISED[code] }];
    if (exportPolicy !== OUT_OF_SERVICE) return [rejected(exportPolicy, rule)];
    const at = inService ? rib.exportRule(peer, path, prefix, inService) : -1;
    const isAccepted = !inService || (at < 0 ? inService.otherwise : inService.rules[at].action) === 'accept';
    return [{ code: 'out-of-service', reason: SILENT }, ...(isAccepted ? [] : [rejected(inService, at)])];
  });
}

/** The decisions of each session's filters; `keys`: number of the session in the table, by its key. */
export async function sessionMatches(
  { rib, fabric, policies }: RouteContext,
  numbers: ReadonlyMap<string, number>,
): Promise<SessionMatches[]> {
  const counting = rib.ruleMatches();
  let counted = counting.next();
  for (; !counted.done; counted = counting.next()) await yieldTurn();
  const matches = counted.value;
  const told = (policy: Policy | undefined, { byRule, unmatched }: RuleMatches): RuleMatchesStatus => ({
    rules: (policy?.rules ?? []).map((rule, i) => ({ ...namedRule(fabric, rule, i), routes: byRule[i] ?? 0 })),
    unmatched,
  });
  return [...numbers].flatMap(([key, number]) => {
    const found = matches.get(number);
    const config = policies(number);
    if (!found || !config) return [];
    return [
      {
        key,
        ...(found.import && { import: told(config.importPolicy, found.import) }),
        ...(found.export && { export: told(config.exportPolicy, found.export) }),
      },
    ];
  });
}
