import type { Process } from '../support/network';
import {
  type AddressFamily,
  type Build,
  Daemon,
  type DaemonConfig,
  familiesOf,
  familyOf,
  type Neighbour,
  RESTART_TIME,
} from './daemon';
import type { Announcement, SeenPath } from './speaker';

interface Attribute {
  readonly type: number;
  readonly value?: unknown;
  readonly nexthop?: string;
  readonly as_paths?: readonly { readonly asns: readonly number[] }[];
  readonly communities?: readonly number[];
  readonly metric?: number;
}

interface Path {
  readonly attrs: readonly Attribute[];
}

const absent = {
  'two-octet-as': 'docs/sources/configuration.md: no setting disables the four-octet AS capability',
  'no-export':
    'docs/sources/policy.md: communities are matched and set, but well-known ones have no effect by themselves',
  'route-refresh':
    'docs/sources/cli-command-syntax.md 2.2: `softresetin` evaluates stored routes, no command sends a route refresh',
  'enhanced-refresh': 'docs/sources/evpn.md: "enhanced-route-refresh: received", never advertised; issue 3647',
  roles: 'issue 3244: RFC 9234 is a feature request',
  'otc-ours': 'issue 3244: RFC 9234 is a feature request',
  'otc-theirs': 'issue 3244: RFC 9234 is a feature request',
};

const absent3 = {
  ...absent,
  'long-messages': 'issue 2204 and pull request 3439: RFC 8654 support was added in version 4',
};

export const GOBGPS: readonly Build[] = [
  { release: 'bookworm', version: '3.10', absent: absent3 },
  { release: 'trixie', version: '3.36', absent: absent3 },
  { release: 'sid', version: '4.8', absent },
];

/** GoBGP, by its command line. */
export class GoBgp extends Daemon {
  readonly name = 'GoBGP';
  protected readonly programs = ['/usr/bin/gobgpd', '/usr/bin/gobgp'];

  /** What its configuration says of it is passed over (fixed by pull request 2659). */
  override readonly idleAfterReset = 30;
  override readonly idleAfterEnd = 30;
  override readonly nextHop6 = '::ffff:10.0.0.2';

  version(): Promise<string> {
    return this.execute('gobgpd', '--version');
  }

  async isUp(neighbour: string): Promise<boolean> {
    const { state } = JSON.parse(await this.gobgp('-j', 'neighbor', neighbour));
    return state.session_state === 6;
  }

  async paths(prefix: string): Promise<SeenPath[]> {
    const text = await this.gobgp('-j', 'global', 'rib', '-a', familyOf(prefix));
    const table: Readonly<Record<string, readonly Path[]>> = text.startsWith('{') ? JSON.parse(text) : {};
    return (table[prefix] ?? []).map(pathOf);
  }

  async refresh(neighbour: string): Promise<void> {
    await this.gobgp('neighbor', neighbour, 'softresetin');
  }

  async reset(neighbour: string): Promise<void> {
    await this.gobgp('neighbor', neighbour, 'reset');
  }

  async shutDown(neighbour: string, text: string): Promise<void> {
    await this.gobgp('neighbor', neighbour, 'shutdown', '--reason', text);
  }

  async startUp(neighbour: string): Promise<void> {
    await this.gobgp('neighbor', neighbour, 'enable');
  }

  async describe(neighbour: string): Promise<string> {
    return (await this.gobgp('neighbor', neighbour)) + this.log;
  }

  override async start(config: DaemonConfig): Promise<void> {
    await super.start(config);
    for (const route of config.routes) await this.addRoute(route); // its configuration has no place for them
  }

  protected async launch(): Promise<Process[]> {
    const file = this.network.write('gobgpd.toml', this.configuration());
    const restarting = this.config.restarting ? ['-r'] : [];
    const options = ['-f', file, '-l', 'debug', '-p', '--api-hosts', '127.0.0.1:50051', '--pprof-disable'];
    return [this.begin('gobgpd', ...options, ...restarting)];
  }

  protected ping(): Promise<unknown> {
    return this.gobgp('global');
  }

  protected async addRoute(route: Announcement): Promise<void> {
    const { prefix, communities, large, targets } = route;
    await this.gobgp(
      ...['global', 'rib', 'add', '-a', familyOf(prefix), prefix],
      ...(communities ? ['community', communities.join(',')] : []),
      ...(large ? ['large-community', large.join(',')] : []),
      ...(targets ? targets.flatMap((target) => ['rt', target]) : []),
    );
  }

  protected async removeRoute({ prefix }: Announcement): Promise<void> {
    await this.gobgp('global', 'rib', 'del', '-a', familyOf(prefix), prefix);
  }

  private gobgp(...args: readonly string[]): Promise<string> {
    return this.execute('gobgp', ...args);
  }

  private configuration(): string {
    const { as, neighbours } = this.config;
    return [
      '[global.config]',
      `  as = ${as}`,
      `  router-id = "${this.address}"`,
      `  local-address-list = ["${this.address}", "${this.address6}"]`,
      ...neighbours.flatMap((neighbour) => this.neighbour(neighbour)),
      '',
    ].join('\n');
  }

  private neighbour(neighbour: Neighbour): string[] {
    const { address, as, password, holdTime } = neighbour;
    const own = address.includes(':') ? this.address6 : this.address;
    return [
      '[[neighbors]]',
      '  [neighbors.config]',
      `    neighbor-address = "${address}"`,
      `    peer-as = ${as}`,
      ...(password ? [`    auth-password = "${password}"`] : []),
      '  [neighbors.transport.config]',
      `    local-address = "${own}"`,
      `    passive-mode = ${neighbour.passive ?? false}`,
      '  [neighbors.timers.config]',
      '    connect-retry = 1',
      ...(holdTime ? [`    hold-time = ${holdTime}`, `    keepalive-interval = ${holdTime / 3}`] : []),
      ...(neighbour.ttlSecurity
        ? ['  [neighbors.ttl-security.config]', '    enabled = true', '    ttl-min = 255']
        : []),
      ...(neighbour.reflectorClient
        ? [
            '  [neighbors.route-reflector.config]',
            '    route-reflector-client = true',
            `    route-reflector-cluster-id = "${this.address}"`,
          ]
        : []),
      ...(neighbour.gracefulRestart
        ? [
            '  [neighbors.graceful-restart.config]',
            '    enabled = true',
            `    restart-time = ${RESTART_TIME}`,
            `    notification-enabled = ${neighbour.notificationRestart ?? false}`,
          ]
        : []),
      ...(neighbour.addPath
        ? ['  [neighbors.add-paths.config]', neighbour.addPath === 'send' ? '    send-max = 8' : '    receive = true']
        : []),
      ...familiesOf(neighbour).flatMap((family) => this.family(neighbour, family)),
    ];
  }

  private family({ maxPrefixes, gracefulRestart }: Neighbour, family: AddressFamily): string[] {
    return [
      '  [[neighbors.afi-safis]]',
      '    [neighbors.afi-safis.config]',
      `      afi-safi-name = "${family}-unicast"`,
      ...(gracefulRestart ? ['    [neighbors.afi-safis.mp-graceful-restart.config]', '      enabled = true'] : []),
      ...(maxPrefixes ? ['    [neighbors.afi-safis.prefix-limit.config]', `      max-prefixes = ${maxPrefixes}`] : []),
    ];
  }
}

function pathOf({ attrs }: Path): SeenPath {
  const of = (type: number) => attrs.find((attribute) => attribute.type === type);
  const value = <T>(type: number) => of(type)?.value as T | undefined;
  const large = value<{ ASN: number; LocalData1: number; LocalData2: number }[]>(32) ?? [];
  const extended = value<{ type: number; subtype: number; value: string }[]>(16) ?? [];
  return {
    nextHop: of(3)?.nexthop ?? of(14)?.nexthop ?? '',
    asPath: (of(2)?.as_paths ?? []).flatMap(({ asns }) => asns ?? []),
    med: of(4)?.metric,
    localPref: value(5),
    communities: (of(8)?.communities ?? []).map((community) => `${community >>> 16}:${community & 0xffff}`).sort(),
    large: large.map(({ ASN, LocalData1, LocalData2 }) => `${ASN}:${LocalData1}:${LocalData2}`).sort(),
    extended: extended.map(({ subtype, value: text }) => `${subtype === 2 ? 'rt' : subtype} ${text}`).sort(),
    originator: value(9),
    clusters: value(10),
  };
}
