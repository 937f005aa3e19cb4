import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { eventually, type Process } from '../support/network';
import { type Build, Daemon, familiesOf, familyOf, type Neighbour, RESTART_TIME } from './daemon';
import type { Announcement, SeenPath } from './speaker';

const PROGRAMS = '/usr/lib/frr/';
const ROLES = {
  provider: 'provider',
  customer: 'customer',
  peer: 'peer',
  rs_server: 'rs-server',
  rs_client: 'rs-client',
};

interface Path {
  readonly aspath?: { readonly segments: readonly { readonly list: readonly number[] }[] };
  readonly metric?: number;
  readonly locPrf?: number;
  readonly localpref?: number;
  readonly bestpath?: { readonly overall?: boolean };
  readonly community?: { readonly list: readonly string[]; readonly string: string };
  readonly largeCommunity?: { readonly list: readonly string[] };
  readonly extendedCommunity?: { readonly string: string };
  readonly originatorId?: string;
  readonly clusterList?: { readonly list: readonly string[] };
  readonly otc?: number;
  readonly nexthops: readonly { readonly ip: string; readonly scope?: string; readonly used?: boolean }[];
}

export const FRRS: readonly Build[] = [
  { release: 'bookworm', version: '8.4.4', absent: {} },
  { release: 'trixie', version: '10.3', absent: {} },
  { release: 'sid', version: '10.7', absent: {} },
];

/** FRR: zebra and bgpd, by bgpd's own terminal socket. Both run as the user `frr` that their package makes. */
export class Frr extends Daemon {
  readonly name = 'FRR';
  protected readonly programs = [`${PROGRAMS}bgpd`, `${PROGRAMS}zebra`];

  override readonly collisionLosses = 1;

  version(): Promise<string> {
    return this.execute(`${PROGRAMS}bgpd`, '--version');
  }

  async isUp(neighbour: string): Promise<boolean> {
    const state = JSON.parse(await this.vty(`show bgp neighbors ${neighbour} json`));
    return state[neighbour]?.bgpState === 'Established';
  }

  async paths(prefix: string): Promise<SeenPath[]> {
    const answer = JSON.parse(await this.vty(`show bgp ${familyOf(prefix)} unicast ${prefix} json`));
    const paths: readonly Path[] = answer.prefix === prefix ? answer.paths : [];
    return [...paths].sort((a, b) => Number(b.bestpath?.overall ?? 0) - Number(a.bestpath?.overall ?? 0)).map(pathOf);
  }

  async refresh(neighbour: string): Promise<void> {
    await this.vty('enable', `clear bgp ${neighbour} soft in`);
  }

  async reset(neighbour: string): Promise<void> {
    await this.vty('enable', `clear bgp ${neighbour}`);
  }

  async shutDown(neighbour: string, text: string): Promise<void> {
    await this.configure(`neighbor ${neighbour} shutdown message ${text}`);
  }

  async startUp(neighbour: string): Promise<void> {
    await this.configure(`no neighbor ${neighbour} shutdown`);
  }

  async describe(neighbour: string): Promise<string> {
    return (await this.vty(`show bgp neighbors ${neighbour} json`)) + this.log;
  }

  protected async launch(): Promise<Process[]> {
    const folder = this.network.path('frr');
    chmodSync(this.network.folder, 0o755);
    mkdirSync(folder, { recursive: true });
    this.network.write('frr/zebra.conf', 'hostname zebra\n');
    this.network.write('frr/bgpd.conf', this.configuration());
    execFileSync('chown', ['-R', this.debian.owner('frr'), folder]);
    const common = ['-P', '0', '-z', `${folder}/zserv.api`, '--vty_socket', folder, '--log', 'stdout'];
    const start = (program: string, ...more: string[]) =>
      this.begin(
        PROGRAMS + program,
        ...common,
        ...['-f', `${folder}/${program}.conf`, '-i', `${folder}/${program}.pid`],
        ...more,
      );
    const zebra = start('zebra');
    await eventually(() => expect(zebra.text).toContain('starting: vty'));
    return [zebra, start('bgpd', '-n')];
  }

  protected ping(): Promise<unknown> {
    return this.vty('show version');
  }

  protected async addRoute(route: Announcement): Promise<void> {
    const at = this.config.routes.indexOf(route);
    await this.vty('enable', 'configure terminal', ...routeMap(route, at));
    await this.configure(
      `address-family ${familyOf(route.prefix)} unicast`,
      `network ${route.prefix} route-map R${at}`,
    );
  }

  protected async removeRoute({ prefix }: Announcement): Promise<void> {
    await this.configure(`address-family ${familyOf(prefix)} unicast`, `no network ${prefix}`);
  }

  private configure(...lines: readonly string[]): Promise<string> {
    return this.vty('enable', 'configure terminal', `router bgp ${this.config.as}`, ...lines);
  }

  /**
   * Gives lines to bgpd's terminal; answers what the last one said. Each answer ends with three zero octets and a
   * return code.
   */
  private vty(...lines: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.network.path('frr/bgpd.vty'));
      let [answer, at] = [Buffer.alloc(0), 0];
      const say = () => socket.write(`${lines[at]}\0`);
      socket.on('connect', say);
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        answer = Buffer.concat([answer, chunk]);
        const end = answer.length - 4;
        if (end < 0 || answer.readUIntBE(end, 3) !== 0) return;
        const text = answer.toString('utf8', 0, end);
        const isLast = ++at === lines.length;
        if (answer[end + 3] !== 0) reject(new Error(`FRR refuses ${lines[at - 1]}: ${text}`));
        else if (isLast) resolve(text);
        answer = Buffer.alloc(0);
        if (isLast || socket.destroyed) socket.end();
        else say();
      });
    });
  }

  private configuration(): string {
    const { as, neighbours, routes } = this.config;
    const isGraceful = neighbours.some(({ gracefulRestart }) => gracefulRestart);
    const family = (name: 'ipv4' | 'ipv6') => [
      ` address-family ${name} unicast`,
      ...neighbours.flatMap((neighbour) =>
        familiesOf(neighbour).includes(name) ? this.inFamily(neighbour).map((line) => `  neighbor ${line}`) : [],
      ),
      ...routes.flatMap(({ prefix }, i) => (familyOf(prefix) === name ? [`  network ${prefix} route-map R${i}`] : [])),
      ' exit-address-family',
    ];
    return [
      'hostname bgpd',
      'debug bgp neighbor-events',
      ...routes.flatMap((route, i) => [...routeMap(route, i), 'exit']), // before they are used: a later one waits for a timer
      `router bgp ${as}`,
      ...(isGraceful ? GRACEFUL : []),
      ` bgp router-id ${this.address}`,
      ' no bgp ebgp-requires-policy',
      ' no bgp default ipv4-unicast',
      ' no bgp network import-check',
      ' bgp log-neighbor-changes',
      ' coalesce-time 10', // milliseconds, not a second
      ...neighbours.flatMap((neighbour) => this.neighbour(neighbour).map((line) => ` neighbor ${line}`)),
      ...family('ipv4'),
      ...family('ipv6'),
      'exit',
      '',
    ].join('\n');
  }

  private neighbour({ address, as, ...more }: Neighbour): string[] {
    const { holdTime, password, role } = more;
    return [
      `${address} remote-as ${as}`,
      `${address} timers connect 1`,
      `${address} advertisement-interval 0`,
      ...(holdTime ? [`${address} timers ${Math.max(1, Math.floor(holdTime / 3))} ${holdTime}`] : []),
      ...(password ? [`${address} password ${password}`] : []),
      ...(more.ttlSecurity ? [`${address} ttl-security hops 1`] : []),
      ...(role ? [`${address} local-role ${ROLES[role]}`] : []),
      ...(more.extendedNextHop ? [`${address} capability extended-nexthop`] : []),
      ...(more.twoOctetAs ? [`${address} dont-capability-negotiate`] : []),
      ...(more.passive ? [`${address} passive`] : []),
    ];
  }

  private inFamily({ address, ...more }: Neighbour): string[] {
    return [
      `${address} activate`,
      ...(more.maxPrefixes ? [`${address} maximum-prefix ${more.maxPrefixes}`] : []),
      ...(more.addPath === 'send' ? [`${address} addpath-tx-all-paths`] : []),
      ...(more.reflectorClient ? [`${address} route-reflector-client`] : []),
    ];
  }
}

const GRACEFUL = [
  ' bgp graceful-restart',
  ' bgp graceful-restart preserve-fw-state',
  ` bgp graceful-restart restart-time ${RESTART_TIME}`,
];

function routeMap({ communities, large, targets }: Announcement, i: number): string[] {
  return [
    `route-map R${i} permit 10`,
    ...(communities ? [` set community ${communities.join(' ')}`] : []),
    ...(large ? [` set large-community ${large.join(' ')}`] : []),
    ...(targets ? [` set extcommunity rt ${targets.join(' ')}`] : []),
  ];
}

/** Communities that it calls by name. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  noExport: '65535:65281',
  noAdvertise: '65535:65282',
  gracefulShutdown: '65535:0',
};

function pathOf(path: Path): SeenPath {
  const nextHop = path.nexthops.find(({ scope }) => scope !== 'link-local') ?? path.nexthops[0];
  return {
    nextHop: nextHop.ip,
    asPath: (path.aspath?.segments ?? []).flatMap(({ list }) => list),
    med: path.metric,
    localPref: path.locPrf ?? path.localpref,
    communities: (path.community?.list ?? []).map((name) => WELL_KNOWN[name] ?? name).sort(),
    large: [...(path.largeCommunity?.list ?? [])].sort(),
    extended: (path.extendedCommunity?.string.match(/\w+:\S+/g) ?? [])
      .map((text) => text.replace(/^RT:/, 'rt '))
      .sort(),
    otc: path.otc,
    originator: path.originatorId,
    clusters: path.clusterList?.list,
  };
}
