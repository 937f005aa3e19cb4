import { MAX_EXAMPLES } from '../../preview/impact';
import { describeOtherSide, type OtherSide, waysOf } from '../../preview/other-side';
import type { RouteChange } from '../../preview/route-changes';
import { describeRouteImpact, type RouteImpact } from '../../preview/route-impact';
import { describeLimit, describeRefusal, describeRoutes, keepingOf } from '../../preview/route-words';
import { ABOUT_WITHDRAWALS, describeWithdrawal } from '../../preview/withdrawals';
import { firstLines, names } from '../../preview/words';
import { type Diagnostic, error, warning } from '../diagnostic';
import type { Values } from '../value';
import { indented } from './indented';

/** As Terraform values. */
export const routeValues = (found: RouteImpact | undefined): Values => ({
  routes: found ? firstLines([...describeRouteImpact(found), ...unsure(found)], MAX_EXAMPLES) : [],
  other_side: firstLines((found?.others ?? []).map(describeOtherSide), MAX_EXAMPLES),
});

/** If rules change, the reviewer must know what was not checked. */
const unsure = ({ isUnsure, routes }: RouteImpact): string[] =>
  isUnsure ? routes.gaps.map((gap) => `not checked: ${gap}`) : [];

/** Diagnostics. `isCut`: nodes or prefixes are cut off anyway, which is reported elsewhere. */
export function routeDiagnostics(found: RouteImpact | undefined, isAllowed: boolean, isCut: boolean): Diagnostic[] {
  if (!found) return [];
  const { routes, others, withdrawals = [] } = found;
  const withdrawn = (all: typeof withdrawals) => `${indented(all.map(describeWithdrawal))}\n${ABOUT_WITHDRAWALS}`;
  const sure = withdrawals.filter(({ isSure }) => isSure);
  const of = (effect: RouteChange['effect']) => routes.changes.filter((change) => change.effect === effect);
  const said: Diagnostic[] = [];
  if (routes.refused.length > 0 && !isCut) {
    const prefixes = [...new Set(routes.refused.flatMap((one) => one.prefixes))];
    const list = indented(routes.refused.map(describeRefusal));
    const lasting = new Set(of('lost').flatMap((change) => change.prefixes));
    const reorder = prefixes.every((prefix) => lasting.has(prefix)) ? '' : ', reorder the waves';
    said.push(
      isAllowed
        ? warning(
            `This change takes away the last path to ${names(prefixes)}`,
            `This is allowed by allow_disruption. After${list}`,
            ['allow_disruption'],
          )
        : error(
            `This change takes away the last path to ${names(prefixes)}, and its gate would fail`,
            `Nothing was changed. ${sentence(keepingOf(routes.refused))}${reorder}, or set allow_disruption = true (allowDisruption in constructs) if this is intended. Lost after${list}`,
          ),
    );
  }
  const refused = new Set(routes.refused.flatMap(({ prefixes }) => prefixes));
  const lost = of('lost').flatMap((change) => {
    if (change.outOfService) return []; // reported for the node
    const prefixes = change.prefixes.filter((prefix) => !refused.has(prefix));
    return prefixes.length > 0 ? [{ ...change, prefixes }] : [];
  });
  if (lost.length > 0 && !isCut)
    said.push(
      warning(
        `Nodes lose prefixes received from outside: ${names([...new Set(lost.flatMap(({ prefixes }) => prefixes))])}`,
        `No gate checks this, as they are lost with sessions that the deploy removes or takes out of service.${indented(lost.map(describeRoutes))}`,
      ),
    );
  const leaked = of('leaked');
  if (leaked.length > 0)
    said.push(
      warning(
        `Routes from outside are advertised to other outside neighbours: ${names([...new Set(leaked.flatMap(({ prefixes }) => prefixes))])}`,
        `If this node must not provide transit between them, reject these routes in an export filter.${indented(leaked.map(describeRoutes))}`,
      ),
    );
  if (routes.limits.length > 0)
    said.push(
      warning(
        'Prefix limits are lower than what neighbours send',
        `Their sessions will be closed (Cease, Maximum Number of Prefixes Reached).${indented(routes.limits.map(describeLimit))}`,
      ),
    );
  if (others.length > 0)
    said.push(
      warning(
        `Outside neighbours ${others.every(({ isPossible }) => isPossible) ? 'may have to' : 'must'} be changed as well: ${names([...new Set(others.map(({ neighbour }) => neighbour))])}`,
        `${comesBack(others)}${indented(others.map(describeOtherSide))}${withdrawals.length > 0 ? `\nMeanwhile:${withdrawn(withdrawals)}` : ''}\nHow to do it:${indented(waysOf(others))}`,
      ),
    );
  else if (sure.length > 0)
    said.push(
      warning(
        `Outside neighbours withdraw this fabric's routes while their sessions are reset: ${names([...new Set(sure.map(({ neighbour }) => neighbour))])}`,
        `The sessions come up again by themselves.${withdrawn(sure)}`,
      ),
    );
  if (routes.gaps.length > 0)
    said.push(
      warning(
        'Routes from outside are not fully known',
        `The effect on prefixes is computed from the routes seen at the last refresh, except for:${indented(routes.gaps)}`,
      ),
    );
  return said;
}

const sentence = (parts: readonly string[]): string => {
  const text = parts.join('; ');
  return text[0].toUpperCase() + text.slice(1);
};

function comesBack(others: readonly OtherSide[]): string {
  if (others.every(({ staysUp }) => staysUp)) return 'Their sessions stay up meanwhile.';
  return others.some(({ staysUp }) => staysUp)
    ? 'Sessions that are closed come up again once they are.'
    : 'Their sessions come up again once they are.';
}
