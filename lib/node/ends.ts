import type { RoutingOptions } from '../bgp/effects';
import type { SessionConfig } from '../bgp/session/config';
import { sessionFrom } from '../bgp/session/template';
import type { Fabric } from '../model/fabric';
import type { Prefix } from '../model/prefix';
import { type LocalAs, localAsAfter } from './local-as';
import { routingOf } from './routing';
import { runningSessions, runningTemplates } from './sessions';

/** One end of a session as its node runs it outside a deploy. */
export interface SessionEnd {
  /** Name of the node. */
  readonly node: string;
  readonly config: SessionConfig;
  /** Routing options of the node's speaker. */
  readonly routing: RoutingOptions;
  /** Set for a template: it applies to each neighbour from this prefix. */
  readonly range?: Prefix;
}

/**
 * The ends of a node's sessions by key, with one template for each prefix of dynamic neighbours. Empty if the node is
 * not in the fabric.
 */
export function endsOf(fabric: Fabric, name: string, localAs?: LocalAs): SessionEnd[] {
  if (!fabric.nodes[name]) return [];
  const routing = routingOf(fabric, name);
  const held = { active: { fabric, ...(localAs && { localAs }) } };
  return [
    ...runningSessions(held, name).map(({ config }) => ({ node: name, config, routing })),
    ...runningTemplates(held, name).map((template) => ({
      node: name,
      config: { ...sessionFrom(template, template.range.address), key: template.key },
      routing,
      range: template.range,
    })),
  ];
}

/**
 * The same before and after a change after which the node keeps the AS numbers that outside neighbours know. `localAs`:
 * those it keeps from earlier changes.
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
