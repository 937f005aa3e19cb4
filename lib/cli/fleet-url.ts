import { type EtcdEndpoint, parseEndpoint } from '../model/endpoint';
import { CommandError } from './exit-codes';

/** The agent of a node in the fleet at a URL, `etcd://host:2379,host2:2379/FABRIC`. */
export function fleetNode(url: string, node: string): EtcdEndpoint {
  const endpoint = nodeAt(url, node);
  if (endpoint) return endpoint;
  const example = 'write members and prefix, such as etcd://host:2379,host2:2379/FABRIC';
  throw new CommandError(
    'usage',
    nodeAt(url, 'any') ? `${node} is not a valid name of a node` : `${url} is not the URL of a fleet: ${example}`,
  );
}

function nodeAt(url: string, node: string): EtcdEndpoint | undefined {
  const endpoint = parseEndpoint(`${url.replace(/\/$/, '')}/${node}`);
  return 'scheme' in endpoint && endpoint.scheme === 'etcd' ? endpoint : undefined;
}
