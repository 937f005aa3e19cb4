import type { Fabric } from '../model/fabric';
import type { Node } from '../model/node';
import { Selector } from '../model/selector';
import { clientIn, reflectsIn } from './membership';

/** Fields that identify a node but do not affect which sessions exist or how they are configured. */
const IDENTITY = new Set<keyof Node>([
  'endpoint',
  'ipv4Address',
  'ipv6Address',
  'routerId',
  'labels',
  'advertise',
  'workloadInterfaces',
  'workloadProtocols',
  'workloadTables',
  'workloadPrefixes',
  'kernelTable',
  'kernelMetric',
  'drain',
]);

/**
 * A string of everything that the sessions of a node depend on: two nodes with the same string have the same sessions
 * with any third node, and with each other's equivalents, except for addresses. Labels count only through the fabric's
 * selectors.
 */
export function equivalenceClassIn(fabric: Fabric): (name: string) => string {
  const selectors = selectorsIn({ ...fabric, nodes: {} });
  return (name) => {
    const node = fabric.nodes[name];
    if (!node) return '';
    const rest = Object.entries(node).filter(
      ([field, value]) => !IDENTITY.has(field as keyof Node) && value !== undefined,
    );
    return JSON.stringify([
      rest,
      node.ipv4Address !== undefined,
      node.ipv6Address !== undefined,
      selectors.map((selector) => (selector.matches(node.labels) ? 1 : 0)).join(''),
      reflectsIn(fabric, name),
      clientIn(fabric, name),
    ]);
  };
}

function selectorsIn(value: unknown): Selector[] {
  if (value instanceof Selector) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(selectorsIn) : [];
}
