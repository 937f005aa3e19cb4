import type { Process } from '../support/network';
import { type Build, Daemon, familiesOf, familyOf, type Neighbour, RESTART_TIME } from './daemon';
import type { Announcement, SeenPath } from './speaker';

const ROLES = {
  provider: 'provider',
  customer: 'customer',
  peer: 'peer',
  rs_server: 'rs_server',
  rs_client: 'rs_client',
};

const absent = {
  'restart-notification': "User's Guide 6.3 BGP, supported standards: RFC 4724 but not RFC 8538",
};

export const BIRDS: readonly Build[] = [
  { release: 'bookworm', version: '2.0.12', absent },
  { release: 'trixie', version: '2.17', absent, home: '/opt/bird2' },
  { release: 'trixie', version: '3.1', absent },
  { release: 'sid', version: '2.20', absent, home: '/opt/bird2' },
  { release: 'sid', version: '3.4', absent },
];

/** BIRD, by its control socket. */
export class Bird extends Daemon {
  readonly name = 'BIRD';
  private readonly folder = `${this.build.home ?? ''}/usr/sbin`;
  protected readonly programs = [`${this.folder}/bird`, `${this.folder}/birdc`];

  /** Where our KEEPALIVE is still on its way it goes by identifiers, and ends what is Established on our side. */
  override readonly collisionLosses = 1;

  version(): Promise<string> {
    return this.execute(`${this.folder}/bird`, '--version');
  }

  async isUp(neighbour: string): Promise<boolean> {
    return /BGP state:\s+Established/.test(await this.describe(neighbour));
  }

  async paths(prefix: string): Promise<SeenPath[]> {
    // An unknown network is an error to birdc: asked for what may be covered, it answers with none.
    const text = await this.birdc(`show route in ${prefix} all where net = ${prefix}`);
    const [, ...routes] = text.split(/^.*\[[^\]]*\d\d:\d\d.*\].*$/m);
    return routes.filter((route) => /^\t(Type|source): BGP\b/m.test(route)).map(pathOf);
  }

  async refresh(neighbour: string): Promise<void> {
    // Version 3 says `reload filters in` of what it does alone.
    const command = this.build.version.startsWith('2') ? 'reload in' : 'reload bgp in';
    await this.birdc(`${command} ${this.protocol(neighbour)}`);
  }

  async reset(neighbour: string): Promise<void> {
    await this.birdc(`restart ${this.protocol(neighbour)}`);
  }

  async shutDown(neighbour: string, text: string): Promise<void> {
    await this.birdc(`disable ${this.protocol(neighbour)} "${text}"`);
  }

  async startUp(neighbour: string): Promise<void> {
    await this.birdc(`enable ${this.protocol(neighbour)}`);
  }

  async describe(neighbour: string): Promise<string> {
    return (await this.birdc(`show protocols all ${this.protocol(neighbour)}`)) + this.log;
  }

  protected async launch(): Promise<Process[]> {
    const recovery = this.config.restarting ? ['-R'] : [];
    const files = ['-c', this.write(), '-s', this.network.path('bird.ctl'), '-P', this.network.path('bird.pid')];
    return [this.begin(`${this.folder}/bird`, '-f', ...files, ...recovery)];
  }

  protected async ping(): Promise<unknown> {
    const text = await this.birdc('show status');
    expect(text).toContain('Daemon is up and running');
    return text;
  }

  protected async addRoute(): Promise<void> {
    this.write();
    await this.birdc('configure');
  }

  protected async removeRoute(): Promise<void> {
    await this.addRoute();
  }

  private birdc(command: string): Promise<string> {
    return this.execute(`${this.folder}/birdc`, '-s', this.network.path('bird.ctl'), ...command.split(' '));
  }

  private protocol(neighbour: string): string {
    return `n${this.config.neighbours.findIndex(({ address }) => address === neighbour)}`;
  }

  private write(): string {
    const { as, neighbours, routes } = this.config;
    const statics = (['ipv4', 'ipv6'] as const).map((family) => {
      const own = routes.filter(({ prefix }) => familyOf(prefix) === family);
      return `protocol static { ${family}; ${own.map(staticRoute).join(' ')} }`;
    });
    const lines = [
      'log stderr all;',
      `router id ${this.address};`,
      `graceful restart wait ${RESTART_TIME};`,
      'protocol device {}',
      ...statics,
      ...neighbours.map((neighbour, i) => this.neighbour(neighbour, i, as)),
    ];
    return this.network.write('bird.conf', lines.join('\n'));
  }

  private neighbour(neighbour: Neighbour, i: number, as: number): string {
    const { address, password, role, addPath, holdTime } = neighbour;
    const channel = [
      'import all; export all;',
      ...(neighbour.maxPrefixes ? [`receive limit ${neighbour.maxPrefixes} action disable;`] : []),
      ...(addPath ? [`add paths ${addPath === 'send' ? 'tx' : 'rx'};`] : []),
      ...(neighbour.extendedNextHop ? ['extended next hop on;'] : []),
    ].join(' ');
    const lines = [
      `neighbor ${address} as ${neighbour.as}; local as ${as};`,
      'connect delay time 1; connect retry time 2; error wait time 1, 2;',
      ...(neighbour.as === as ? ['direct;'] : []),
      ...(password ? [`password "${password}";`] : []),
      ...(neighbour.ttlSecurity ? ['ttl security on;'] : []),
      ...(role ? [`local role ${ROLES[role]};`] : []),
      `graceful restart ${neighbour.gracefulRestart ? `on; graceful restart time ${RESTART_TIME}` : 'off'};`,
      ...(neighbour.reflectorClient ? ['rr client;'] : []),
      ...(holdTime ? [`hold time ${holdTime}; keepalive time ${holdTime / 3};`] : []),
      ...(neighbour.passive ? ['passive on;'] : []),
      ...(neighbour.extendedMessages ? ['enable extended messages on;'] : []),
      ...(neighbour.twoOctetAs ? ['enable as4 off;'] : []),
      ...familiesOf(neighbour).map((family) => `${family} { ${channel} };`),
    ];
    return `protocol bgp n${i} { ${lines.join('\n  ')} }`;
  }
}

function staticRoute({ prefix, communities = [], large = [], targets = [] }: Announcement): string {
  const tuple = (text: string) => `(${text.replaceAll(':', ', ')})`;
  const adds = [
    ...communities.map((community) => `bgp_community.add(${tuple(community)});`),
    ...large.map((community) => `bgp_large_community.add(${tuple(community)});`),
    ...targets.map((target) => `bgp_ext_community.add((rt, ${target.replace(':', ', ')}));`),
  ];
  return `route ${prefix} blackhole${adds.length > 0 ? ` { ${adds.join(' ')} }` : ''};`;
}

function pathOf(text: string): SeenPath {
  // `BGP.med` of version 2 is `bgp_med` of version 3.
  const value = (name: string) => new RegExp(`^\\t(?:BGP\\.|bgp_)${name}: (.*)$`, 'm').exec(text)?.[1].trim();
  const tuples = (name: string) => [...(value(name) ?? '').matchAll(/\(([^)]*)\)/g)].map(([, inner]) => inner);
  const number = (name: string) => (value(name) === undefined ? undefined : Number(value(name)));
  return {
    nextHop: value('next_hop')!.split(' ')[0],
    asPath: (value('as_path') ?? value('path') ?? '').match(/\d+/g)?.map(Number) ?? [],
    med: number('med'),
    localPref: number('local_pref'),
    communities: tuples('community')
      .map((inner) => inner.replace(/,\s*/g, ':'))
      .sort(),
    large: tuples('large_community')
      .map((inner) => inner.replace(/,\s*/g, ':'))
      .sort(),
    extended: tuples('ext_community')
      .map((inner) => inner.replace(/^(\w+),\s*(\d+),\s*/, '$1 $2:'))
      .sort(),
    otc: number('otc'),
    originator: value('originator_id'),
    clusters: value('cluster_list')?.split(' '),
  };
}
