import { chmodSync } from 'node:fs';
import type { Namespace } from '../../kernel/namespace';
import type { LocalNetwork, Process } from '../support/network';
import { type Build, Daemon, familiesOf, type Neighbour } from './daemon';
import { type Announcement, isIpv6, type SeenPath } from './speaker';

const ROLES = { provider: 'provider', customer: 'customer', peer: 'peer', rs_server: 'rs', rs_client: 'rs-client' };

const HOME = '/run/openbgpd';

const absent = {
  'restart-theirs': 'bgpd.conf(5), `announce restart`: "Currently only the End-of-RIB marker is supported"',
  'restart-notification': 'bgpd.conf(5), `announce restart`: "Currently only the End-of-RIB marker is supported"',
  'md5-dialled':
    'openbgpd-portable issue 79: on Linux it accepts no signed connection (the kernel counts TCPMD5Unexpected), so it has to connect',
};

export const OPENBGPDS: readonly Build[] = [
  {
    release: 'bookworm',
    version: '7.7',
    absent: {
      ...absent,
      'extended-next-hop': 'bgpd.conf(5), NEIGHBORS AND GROUPS: `announce` has no option for extended next hops',
      'long-messages': 'bgpd.conf(5), NEIGHBORS AND GROUPS: `announce` has no option for extended messages',
    },
  },
  { release: 'trixie', version: '8.8', absent },
  { release: 'sid', version: '9.3', absent },
];

/** OpenBGPD, by its control socket. It changes no kernel routes here. */
export class OpenBgpd extends Daemon {
  readonly name = 'OpenBGPD';
  protected readonly programs = ['/usr/sbin/bgpd', '/usr/sbin/bgpctl'];

  /**
   * On Linux it takes the first IPv6 address of the loopback interface as IPv6 next hop of an IPv4 session, were it
   * ::1.
   */
  override place(network: LocalNetwork, machine: Namespace): void {
    super.place(network, machine);
    machine.ip('addr del ::1/128 dev lo');
    machine.ip(`addr add ${this.address6}/128 dev lo nodad`);
  }

  version(): Promise<string> {
    return this.execute('/usr/sbin/bgpd', '-V');
  }

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
    return [this.begin('sh', '-c', command)];
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
      ...routes.map((route) => this.route(route)),
      ...neighbours.map((neighbour) => this.neighbour(neighbour)),
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
      `local-address ${isIpv6(address) ? this.address6 : this.address}`,
      `announce IPv4 ${families.includes('ipv4') ? 'unicast' : 'none'}`,
      `announce IPv6 ${families.includes('ipv6') ? 'unicast' : 'none'}`,
      'announce enhanced refresh yes',
      `announce restart ${neighbour.gracefulRestart ? 'yes' : 'no'}`,
      ...(maxPrefixes ? [`max-prefix ${maxPrefixes}`] : []),
      ...(holdTime ? [`holdtime ${holdTime}`] : []),
      ...(password ? [`tcp md5sig password ${password}`] : []),
      ...(neighbour.ttlSecurity ? ['ttl-security yes'] : []),
      ...(role ? this.role(ROLES[role]) : []),
      ...(addPath ? [`announce add-path ${addPath === 'send' ? 'send all' : 'recv yes'}`] : []),
      ...(neighbour.extendedNextHop ? ['announce extended nexthop yes'] : []),
      ...(neighbour.extendedMessages ? ['announce extended message yes'] : []),
      ...(neighbour.notificationRestart ? ['announce graceful notification yes'] : []),
      ...(neighbour.reflectorClient ? ['route-reflector'] : []),
      ...(neighbour.passive ? ['passive'] : []),
      ...(neighbour.twoOctetAs ? ['announce as-4byte no'] : []),
    ];
    return `neighbor ${address} {\n  ${lines.join('\n  ')}\n}`;
  }

  /** Version 7 has one line for the role and its capability, later ones have two. */
  private role(role: string): readonly string[] {
    return this.build.version.startsWith('7.') ? [`announce policy ${role}`] : [`role ${role}`, 'announce policy yes'];
  }

  private route({ prefix, communities = [], large = [], targets = [] }: Announcement): string {
    const sets = [
      ...communities.map((community) => `community ${community}`),
      ...large.map((community) => `large-community ${community}`),
      ...targets.map((target) => `ext-community rt ${target}`),
    ];
    return `network ${prefix}${sets.length > 0 ? ` set { ${sets.join(' ')} }` : ''}`;
  }
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
  readonly attributes?: readonly {
    readonly type: string;
    readonly originator?: string;
    readonly cluster_list?: readonly string[];
    readonly as?: number;
  }[];
}

/** Communities that it calls by name. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  NO_EXPORT: '65535:65281',
  NO_ADVERTISE: '65535:65282',
  GRACEFUL_SHUTDOWN: '65535:0',
};

function pathOf(path: Path): SeenPath {
  const of = (type: string) => path.attributes?.find((attribute) => attribute.type === type);
  return {
    nextHop: path.exit_nexthop,
    asPath: path.aspath.match(/\d+/g)?.map(Number) ?? [],
    med: path.metric,
    localPref: path.localpref,
    communities: (path.communities ?? []).map((name) => WELL_KNOWN[name] ?? name).sort(),
    large: [...(path.large_communities ?? [])].sort(),
    extended: [...(path.extended_communities ?? [])].sort(),
    otc: of('OTC')?.as,
    originator: of('Originator Id')?.originator,
    clusters: of('Cluster Id List')?.cluster_list,
  };
}
