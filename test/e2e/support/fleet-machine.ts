import { AgentClient } from '../../../lib/control/client';
import { FleetClient } from '../../../lib/control/fleet/client';
import type { Namespace } from '../../kernel/namespace';
import { EtcdServer } from './etcd';
import type { LocalNetwork, Process } from './network';

const PREFIX = 'lab';

/**
 * A machine of a test's network with an etcd of a fabric's agents, which everybody uses with the rights of a
 * certificate of their own. The test process itself is on that machine, as the deployer, until {@link remove}.
 */
export class FleetMachine {
  private constructor(
    private readonly network: LocalNetwork,
    private readonly machine: Namespace,
    readonly etcd: EtcdServer,
    private readonly before: NodeJS.ProcessEnv,
  ) {}

  static async start(
    network: LocalNetwork,
    machine: Namespace,
    address: string,
    nodes: readonly string[],
  ): Promise<FleetMachine> {
    const etcd = await EtcdServer.start({ address, tls: true, before: ['ip', 'netns', 'exec', machine.name] });
    const fleet = new FleetMachine(network, machine, etcd, { ...process.env });
    machine.enter();
    await etcd.isUp();
    etcd.enforceRights(PREFIX, nodes);
    Object.assign(process.env, etcd.environment('deployer'));
    return fleet;
  }

  /** What agents are started with. */
  get url(): string {
    return `etcd://${this.etcd.host}/${PREFIX}`;
  }

  endpoint(node: string): string {
    return `${this.url}/${node}`;
  }

  client(node: string, timeoutMs?: number): AgentClient {
    return new AgentClient(this.endpoint(node), timeoutMs);
  }

  /** Starts the agent of a node, with its certificate. */
  agent(machine: Namespace, node: string): Process {
    const environment = Object.entries(this.etcd.environment(`${PREFIX}:${node}`)).map(([name, at]) => `${name}=${at}`);
    return this.network.agent(machine, node, ['--etcd', this.url], ['env', ...environment]);
  }

  async remove(): Promise<void> {
    await FleetClient.closeAll();
    this.machine.leave();
    for (const name of Object.keys(this.etcd.environment('deployer')))
      if (this.before[name] === undefined) delete process.env[name];
      else process.env[name] = this.before[name];
    await this.etcd.remove();
  }
}
