import { type EtcdEndpoint, parseEndpoint } from '../model/endpoint';
import { CommandError } from './exit-codes';

/** The agent of a node in the fleet at a URL, `etcd://host:2379,host2:2379/FABRIC`. */
export function fleetNode(url: string, node: string): EtcdEndpoint {
  const endpoint = parseEndpoint(`${url.replace(/\/$/, '')}/${node}`);
  if ('scheme' in endpoint && endpoint.scheme === 'etcd') return endpoint;
  const example = 'write members and prefix, such as etcd://host:2379,host2:2379/FABRIC';
  throw new CommandError('usage', `${url} is not the URL of a fleet with a node ${node}: ${example}`);
}
