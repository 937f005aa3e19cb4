import type { RoutingOptions } from '../bgp/effects';
import type { SessionConfig } from '../bgp/session/config';
import { sessionFrom } from '../bgp/session/template';
import type { Fabric } from '../model/fabric';
import type { Prefix } from '../model/prefix';
import { type LocalAs, localAsAfter } from './local-as';
import { routingOf } from './routing';
import { runningSessions, runningTemplates } from './sessions';

/** One end of a session as its node runs it while no deploy is under way. */
export interface SessionEnd {
  readonly config: SessionConfig;
  /** What the node's speaker uses. */
  readonly routing: RoutingOptions;
  /** It stands for each neighbour that comes from this prefix; the key is the template's. */
  readonly range?: Prefix;
}

/**
 * The sessions that a node of a fabric runs, each by its key; those with neighbours that come from a prefix are one. A
 * node that is not there has none.
 */
export function endsOf(fabric: Fabric, name: string, localAs?: LocalAs): SessionEnd[] {
  if (!fabric.nodes[name]) return [];
  const routing = routingOf(fabric, name);
  const held = { active: { fabric, ...(localAs && { localAs }) } };
  return [
    ...runningSessions(held, name).map(({ config }) => ({ config, routing })),
    ...runningTemplates(held, name).map((template) => ({
      config: { ...sessionFrom(template, template.range.address), key: template.key },
      routing,
      range: template.range,
    })),
  ];
}

/**
 * The same before a change and after it, where the node continues with the AS numbers that outside neighbours know it
 * by; `localAs`: those that it keeps from changes before.
 */
export function endsOver(
  before: Fabric | undefined,
  after: Fabric | undefined,
  name: string,
  localAs?: LocalAs,
): readonly [before: SessionEnd[], after: SessionEnd[]] {
  const former = before?.nodes[name] && { fabric: before, ...(localAs && { localAs }) };
  return [
    former ? endsOf(former.fabric, name, localAs) : [],
    after ? endsOf(after, name, localAsAfter(former, after, name)) : [],
  ];
}
