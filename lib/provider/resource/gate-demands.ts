import type { Fabric } from '../../model/fabric';
import { type AsClaim, asClaimsOf, describeDemand, type GateDemand, gateDemandsOf } from '../../preview/gate-demands';
import type { KeptLocalAs } from '../../preview/impact';
import { names } from '../../preview/words';
import { type Diagnostic, warning } from '../diagnostic';
import type { Fleet } from '../fleet';
import { indented } from './indented';

/** Maximum number of nodes that are asked what a neighbour announced. */
const MOST_ASKED = 16;

/**
 * Diagnostics of a plan about outside sessions that the gate will check, and about AS numbers that these contradict.
 * `before`: what runs; undefined for the release itself, or nothing. `behind`: nodes where a deploy failed, or that
 * have another release: a neighbour there may have changed meanwhile.
 */
export async function demandDiagnostics(
  before: Fabric | undefined,
  after: Fabric,
  fleet: Fleet,
  behind: readonly string[],
  localAs?: KeptLocalAs,
): Promise<Diagnostic[]> {
  const demands = before ? gateDemandsOf(before, after, localAs) : [];
  return [
    ...demandWarnings(demands),
    ...(await contradicted([...claimsOf(demands, 0, 2), ...asClaimsOf(after, behind), ...claimsOf(demands, 2)], fleet)),
  ];
}

function demandWarnings(demands: readonly GateDemand[]): Diagnostic[] {
  if (demands.length === 0) return [];
  const isNew = demands.some(({ what }) => what === 'new');
  return [
    warning(
      `The gate requires sessions with outside neighbours: ${names([...new Set(demands.map(({ remoteAddress }) => remoteAddress))])}`,
      `If one of them was up before and is not up when the gate closes, the wave is rolled back.${isNew ? ' The same goes for new ones, unless their entries set expect = "down" or the gate sets outside = "kept".' : ''}${indented(demands.map(describeDemand))}`,
    ),
  ];
}

/** Of neighbours with a new AS number, for some of the nodes of each: those that come first are asked rather. */
const claimsOf = (demands: readonly GateDemand[], from: number, to?: number): AsClaim[] =>
  demands
    .filter(({ isNewAs }) => isNewAs)
    .flatMap(({ nodes, ...demand }) => nodes.slice(from, to).map((node) => ({ ...demand, node })));

/**
 * AS numbers that differ from the neighbour's last OPEN. It is only a hint: of many nodes some are asked, and agents
 * that do not respond are ignored. The text says of how many nodes it is.
 */
async function contradicted(claims: readonly AsClaim[], fleet: Fleet): Promise<Diagnostic[]> {
  const concerned = new Set(claims.map(({ node }) => node));
  if (concerned.size === 0) return [];
  const asked = new Set([...concerned].slice(0, MOST_ASKED));
  const { statuses } = await fleet.only((node) => asked.has(node)).inspect();
  const found = claims.flatMap(({ node, origin, remoteAddress, remoteAs }) => {
    const session = statuses
      .get(node)
      ?.sessions.find((one) => one.remoteAddress === remoteAddress && one.openAs !== undefined);
    if (!session || session.openAs === remoteAs) return [];
    const said = `${remoteAddress} (${origin}) presented AS ${session.openAs} to ${node}, not ${remoteAs}`;
    const isUp = session.state === 'Established' && session.remoteAs === session.openAs;
    return [{ isUp, text: isUp ? `${said}; the session is up with it` : said }];
  });
  if (found.length === 0) return [];
  const texts = [...new Set(found.map(({ text }) => text))];
  const up = new Set(found.flatMap(({ isUp, text }) => (isUp ? [text] : []))).size;
  const isAll = statuses.size === concerned.size;
  const least = isAll ? '' : 'at least ';
  const ends = up > 0 ? ` Sessions that are up with the other number and do not count any more: ${least}${up}.` : '';
  const whose = isAll ? '' : ` on ${statuses.size} of the ${concerned.size} nodes concerned`;
  return [
    warning(
      'Outside neighbours presented other AS numbers',
      `Unless they are changed at the same time, their sessions will not come up, and the wave will be rolled back if one was up before.${ends} Their last OPEN messages${whose}:${indented(texts)}`,
    ),
  ];
}
