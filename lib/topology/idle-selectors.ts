import type { Fabric } from '../model/fabric';
import type { Node } from '../model/node';
import type { Selector } from '../model/selector';
import { isReflectorIn } from './membership';

/** A selector that chooses no node. */
interface IdleSelector {
  readonly kind: 'peers' | 'routeReflectors';
  /** Of the peer or the group. */
  readonly name: string;
  readonly field: 'nodeSelector' | 'peerSelector' | 'clientSelector';
  readonly selector: string;
}

/**
 * The selectors of peers and of groups of reflectors that choose no node: labels that nobody has yet, or that are
 * misspelt. A fabric without nodes has none. (A group that chooses no reflector is a problem.)
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
