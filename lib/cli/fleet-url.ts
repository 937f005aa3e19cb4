import { type EtcdEndpoint, parseEndpoint } from '../model/endpoint';
import { printable } from '../model/printable';
import { CommandError } from './exit-codes';

/** Characters of a wrong argument that are shown. */
const MOST_SHOWN = 100;

/** The agent of a node in the fleet at a URL, `etcd://host:2379,host2:2379/FABRIC`. */
export function fleetNode(url: string, node: string): EtcdEndpoint {
  const endpoint = nodeAt(url, node);
  if (endpoint) return endpoint;
  const example = 'write members and prefix, such as etcd://host:2379,host2:2379/FABRIC';
  if (!nodeAt(url, 'any'))
    throw new CommandError('usage', `${printable(url, MOST_SHOWN)} is not the URL of a fleet: ${example}`);
  const why =
    node === '' ? 'the name of a node is empty' : `${printable(node, MOST_SHOWN)} is not a valid name of a node`;
  throw new CommandError('usage', why);
}

/** The fleet at a URL, and its nodes with these names, each once. */
export function fleetNodes(url: string, names: readonly string[]): Omit<EtcdEndpoint, 'node'> & { nodes: string[] } {
  const nodes = [...new Set(names)];
  const [{ node: _, ...fleet }] = nodes.map((name) => fleetNode(url, name));
  return { ...fleet, nodes };
}

function nodeAt(url: string, node: string): EtcdEndpoint | undefined {
  const endpoint = parseEndpoint(`${url.replace(/\/$/, '')}/${node}`);
  return 'scheme' in endpoint && endpoint.scheme === 'etcd' ? endpoint : undefined;
}
