import type { Fabric } from '../model/fabric';
import type { Node } from '../model/node';
import type { Selector } from '../model/selector';
import { isReflectorIn } from './membership';

/** A selector that matches no node. */
interface IdleSelector {
  readonly kind: 'peers' | 'routeReflectors';
  /** Name of the peer or group. */
  readonly name: string;
  readonly field: 'nodeSelector' | 'peerSelector' | 'clientSelector';
  readonly selector: string;
}

/**
 * Selectors of peers and reflector groups that match no node: the label is not used yet, or is misspelt. Empty for a
 * fabric without nodes. (A group without reflectors is a problem.)
 */
export function idleSelectors(fabric: Fabric): IdleSelector[] {
  const nodes = Object.entries(fabric.nodes);
  if (nodes.length === 0) return [];
  const idle = (
    { kind, name, field }: Omit<IdleSelector, 'selector'>,
    selector: Selector | undefined,
    isMeant: (name: string, node: Node) => boolean = () => true,
  ): IdleSelector[] =>
    selector && !nodes.some(([node, it]) => selector.matches(it.labels) && isMeant(node, it))
      ? [{ kind, name, field, selector: selector.toString() }]
      : [];
  return [
    ...Object.entries(fabric.peers).flatMap(([name, { nodeSelector, peerSelector }]) => [
      ...idle({ kind: 'peers', name, field: 'nodeSelector' }, nodeSelector),
      ...idle({ kind: 'peers', name, field: 'peerSelector' }, peerSelector),
    ]),
    ...Object.entries(fabric.routeReflectors).flatMap(([name, group]) =>
      idle(
        { kind: 'routeReflectors', name, field: 'clientSelector' },
        group.clientSelector,
        (node, it) => !isReflectorIn(group, node, it),
      ),
    ),
  ];
}
