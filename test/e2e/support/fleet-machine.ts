import { AgentClient } from '../../../lib/control/client';
import { FleetClient } from '../../../lib/control/fleet/client';
import type { Namespace } from '../../kernel/namespace';
import type { Debian } from './debian';
import { EtcdServer } from './etcd';
import type { LocalNetwork, Process } from './network';

const PREFIX = 'lab';

/** Options of {@link FleetMachine}. */
interface FleetOptions {
  readonly debian?: Debian;
  /** Where the members of its etcd are. Default: one on the machine itself. */
  readonly members?: readonly { readonly machine: Namespace; readonly address: string }[];
}

/**
 * A machine of a test's network with an etcd of a fabric's agents, which everybody uses with the rights of a
 * certificate of their own. The test process itself is on that machine, as the deployer, until {@link remove}.
 */
export class FleetMachine {
  private constructor(
    private readonly network: LocalNetwork,
    private readonly machine: Namespace,
    readonly members: readonly EtcdServer[],
    private readonly before: NodeJS.ProcessEnv,
  ) {}

  static async start(
    network: LocalNetwork,
    machine: Namespace,
    address: string,
    nodes: readonly string[],
    { debian, members: at = [{ machine, address }] }: FleetOptions = {},
  ): Promise<FleetMachine> {
    const places = at.map((one) => ({
      address: one.address,
      before: ['ip', 'netns', 'exec', one.machine.name],
    }));
    const members = EtcdServer.members(places, { tls: true, debian });
    const fleet = new FleetMachine(network, machine, members, { ...process.env });
    machine.enter();
    try {
      await Promise.all(members.map((member) => member.isUp()));
      fleet.etcd.enforceRights(PREFIX, nodes);
    } catch (error) {
      await fleet.remove();
      throw error;
    }
    Object.assign(process.env, fleet.etcd.environment('deployer'));
    return fleet;
  }

  get etcd(): EtcdServer {
    return this.members[0];
  }

  /** What agents are started with. */
  get url(): string {
    return `etcd://${this.members.map(({ host }) => host).join()}/${PREFIX}`;
  }

  endpoint(node: string): string {
    return `${this.url}/${node}`;
  }

  client(node: string, timeoutMs?: number): AgentClient {
    return new AgentClient(this.endpoint(node), timeoutMs);
  }

  /** Starts the agent of a node, with its certificate. */
  agent(machine: Namespace, node: string, variables: readonly string[] = []): Process {
    const environment = Object.entries(this.etcd.environment(`${PREFIX}:${node}`)).map(([name, at]) => `${name}=${at}`);
    return this.network.agent(machine, node, ['--etcd', this.url], ['env', ...environment, ...variables]);
  }

  async remove(): Promise<void> {
    await FleetClient.closeAll();
    this.machine.leave();
    for (const name of Object.keys(this.etcd.environment('deployer')))
      if (this.before[name] === undefined) delete process.env[name];
      else process.env[name] = this.before[name];
    for (const member of this.members) await member.remove();
  }
}
