import type { EtcdStatus } from '../../lab/etcd';
import { line, lines, type Text } from '../terminal';

/** How deploys and commands reach the agents of a lab with etcd. */
export const howToUse = ({ host, url }: EtcdStatus, environment: Readonly<Record<string, string>>): Text =>
  lines(
    line``,
    line`The agents are reached through ${url}. In a fabric, instead of endpoints:`,
    line`  fleet: { etcd: ['${host}'] }`,
    line`Where you deploy, and for peerform fleet status ${url}:`,
    ...Object.entries(environment).map(([variable, file]) => line`  export ${variable}=${file}`),
  );

/** State of a lab's etcd. */
export function etcdLine({ url, pid, isRunning, connected, error }: EtcdStatus): Text {
  if (!isRunning) return line`etcd (${url}) is not running; to start it, run lab up again`;
  if (!connected) return line`etcd (pid ${pid}) at ${url}: ${error}`;
  return line`etcd (pid ${pid}) at ${url}; connected: ${connected.join(', ') || 'no agent'}`;
}
