import { chmodSync } from 'node:fs';
import type { Process } from '../support/network';
import { Daemon, familiesOf, type Neighbour } from './daemon';
import type { FeatureId } from './features';
import type { Announcement, SeenPath } from './speaker';

const ROLES = { provider: 'provider', customer: 'customer', peer: 'peer', rs_server: 'rs', rs_client: 'rs-client' };

const HOME = '/run/openbgpd';

/** OpenBGPD, by its control socket. It changes no kernel routes here. */
export class OpenBgpd extends Daemon {
  readonly title = 'OpenBGPD 7.7';
  readonly programs = ['/usr/sbin/bgpd', '/usr/sbin/bgpctl'];
  readonly absent: Readonly<Partial<Record<FeatureId, string>>> = {};

  async isUp(neighbour: string): Promise<boolean> {
    const { neighbors } = JSON.parse(await this.ctl('-j', 'show', 'neighbor', neighbour));
    return neighbors?.[0]?.state === 'Established';
  }

  async paths(prefix: string): Promise<SeenPath[]> {
    const { rib = [] } = JSON.parse(await this.ctl('-j', 'show', 'rib', 'detail', prefix));
    return rib.filter((path: Path) => path.prefix === prefix).map(pathOf);
  }

  async refresh(neighbour: string): Promise<void> {
    await this.ctl('neighbor', neighbour, 'refresh');
  }

  async reset(neighbour: string): Promise<void> {
    await this.ctl('neighbor', neighbour, 'clear');
  }

  async shutDown(neighbour: string, text: string): Promise<void> {
    await this.ctl('neighbor', neighbour, 'down', text);
  }

  async startUp(neighbour: string): Promise<void> {
    await this.ctl('neighbor', neighbour, 'up');
  }

  async describe(neighbour: string): Promise<string> {
    return (await this.ctl('show', 'neighbor', neighbour)) + this.log;
  }

  protected async launch(): Promise<Process[]> {
    const file = this.network.write('bgpd.conf', this.configuration());
    chmodSync(file, 0o600);
    // It wants its user's home, which its service makes: here it gets a /run of its own.
    const command = `mount -t tmpfs none /run && mkdir -m 755 ${HOME} && exec /usr/sbin/bgpd -d -v -f ${file}`;
    return [this.network.start(this.machine, ['sh', '-c', command])];
  }

  protected ping(): Promise<unknown> {
    return this.ctl('show', 'summary');
  }

  protected async addRoute(): Promise<void> {
    this.network.write('bgpd.conf', this.configuration());
    await this.ctl('reload');
  }

  protected async removeRoute(): Promise<void> {
    await this.addRoute();
  }

  private ctl(...args: readonly string[]): Promise<string> {
    return this.execute('bgpctl', '-s', this.network.path('bgpd.sock'), ...args);
  }

  private configuration(): string {
    const { as, neighbours, routes } = this.config;
    return [
      `AS ${as}`,
      `router-id ${this.address}`,
      'fib-update no',
      'connect-retry 1',
      `socket "${this.network.path('bgpd.sock')}"`,
      `listen on ${this.address}`,
      `listen on ${this.address6}`,
      ...routes.map(network),
      ...neighbours.map((neighbour) => this.neighbour(neighbour)),
      // Left to itself it gives ::1 as IPv6 next hop on an IPv4 session.
      `match to any inet6 set nexthop ${this.address6}`,
      'allow quick from any',
      'allow quick to any',
      '',
    ].join('\n');
  }

  private neighbour(neighbour: Neighbour): string {
    const { address, as, maxPrefixes, holdTime, password, role, addPath } = neighbour;
    const families = familiesOf(neighbour);
    const lines = [
      `remote-as ${as}`,
      `local-address ${address.includes(':') ? this.address6 : this.address}`,
      `announce IPv4 ${families.includes('ipv4') ? 'unicast' : 'none'}`,
      `announce IPv6 ${families.includes('ipv6') ? 'unicast' : 'none'}`,
      'announce enhanced refresh yes',
      `announce restart ${neighbour.gracefulRestart ? 'yes' : 'no'}`,
      ...(maxPrefixes ? [`max-prefix ${maxPrefixes}`] : []),
      ...(holdTime ? [`holdtime ${holdTime}`] : []),
      ...(password ? [`tcp md5sig password ${password}`] : []),
      ...(neighbour.ttlSecurity ? ['ttl-security yes'] : []),
      ...(role ? [`announce policy ${ROLES[role]}`] : []),
      ...(addPath ? [`announce add-path ${addPath === 'send' ? 'send all' : 'recv yes'}`] : []),
      ...(neighbour.reflectorClient ? ['route-reflector'] : []),
      ...(neighbour.passive ? ['passive'] : []),
      ...(neighbour.twoOctetAs ? ['announce as-4byte no'] : []),
    ];
    return `neighbor ${address} {\n  ${lines.join('\n  ')}\n}`;
  }
}

function network({ prefix, communities = [], large = [], targets = [] }: Announcement): string {
  const sets = [
    ...communities.map((community) => `community ${community}`),
    ...large.map((community) => `large-community ${community}`),
    ...targets.map((target) => `ext-community rt ${target}`),
  ];
  return `network ${prefix}${sets.length > 0 ? ` set { ${sets.join(' ')} }` : ''}`;
}

interface Path {
  readonly prefix: string;
  readonly aspath: string;
  readonly exit_nexthop: string;
  readonly metric: number;
  readonly localpref: number;
  readonly communities?: readonly string[];
  readonly extended_communities?: readonly string[];
  readonly large_communities?: readonly string[];
  readonly originator?: string;
  readonly cluster_list?: readonly string[];
  readonly otc?: number;
}

function pathOf(path: Path): SeenPath {
  return {
    nextHop: path.exit_nexthop,
    asPath: path.aspath.match(/\d+/g)?.map(Number) ?? [],
    med: path.metric,
    localPref: path.localpref,
    communities: [...(path.communities ?? [])].sort(),
    large: [...(path.large_communities ?? [])].sort(),
    extended: [...(path.extended_communities ?? [])].sort(),
    otc: path.otc,
    originator: path.originator,
    clusters: path.cluster_list,
  };
}
