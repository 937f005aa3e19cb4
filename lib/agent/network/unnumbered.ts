import { join } from 'node:path';
import type { SessionConfig } from '../../bgp/session/config';
import type { LinkHindrance, LinkStations } from '../../control/status';
import { ADDRESS_FLAG, type InterfaceAddress } from '../../kernel/codec/interface-address';
import type { AdvertisedDefaultRoutes } from '../../kernel/system/advertised-default-route';
import type { Link } from '../../kernel/workload/watch';
import { IpAddress } from '../../model/address';
import { isPattern } from '../../model/interface-pattern';
import { sure } from '../../model/problem';
import type { SessionProgress } from '../../nd/discovery';
import { isLinkLocal } from '../../nd/message';
import type { RunningSession } from '../../node/sessions';
import type { Reports } from '../events/reports';
import { LinkDiscovery } from './link-discovery';
import { type Hindrance, hindrance } from './link-hindrance';

/** Addresses that are not usable: duplicate address detection is in progress, or found a duplicate (RFC 4862). */
const UNUSABLE = ADDRESS_FLAG.tentative | ADDRESS_FLAG.dadFailed;

/** With a smaller MTU a link carries no IPv6 (RFC 8200 section 5): the kernel removes it, and its addresses. */
const LEAST_MTU = 1280;

/** Maximum number of other stations of a link that the status lists. */
const MOST_LISTED = 32;

/** File in the state folder with the former settings of links. */
export const acceptRaNote = (state: string): string => join(state, 'accept-ra-defrtr');

/** The machine's links and addresses. */
interface LinksView {
  links(): readonly Link[];
  addresses(): readonly InterfaceAddress[];
  /** Whether a default route learned from a router advertisement leads over an interface. */
  hasAdvertisedDefault(index: number): boolean;
}

/** The state of a link of sessions without addresses. */
interface Place {
  readonly discovery: LinkDiscovery;
  /** Our link-local address, and the neighbour's; the last ones if there is none now. */
  own: IpAddress | undefined;
  remote: IpAddress | undefined;
  /** When the link came up, if it is up. */
  upSince: number | undefined;
  /** The neighbour was found, and the link still carries it. */
  isFound: boolean;
  /** Why the link cannot carry a session, if it cannot. */
  trouble: Hindrance | undefined;
  /** Who has connected without advertising itself, while there is no neighbour. */
  caller: string | undefined;
  /** Keys of its sessions. */
  keys: readonly string[];
  upKeys: ReadonlySet<string>;
  /** What is wrong with the default routes of the link, as reported. */
  said: ReadonlySet<string>;
  learnedDefault: string | undefined;
}

/**
 * The neighbours of sessions without addresses: each is who is found on the link of its session. Until one is found,
 * and when it is lost, the session is down and says why.
 */
export class Unnumbered {
  private readonly places = new Map<string, Place>();
  private due: NodeJS.Immediate | undefined;
  /** Before the first sessions are known, nothing of a former run is restored. */
  private isRunning = false;

  constructor(
    private readonly view: LinksView,
    private readonly defaultRoutes: AdvertisedDefaultRoutes,
    /** The neighbour of a session changed: the sessions are to be configured again. */
    private readonly changed: () => void,
    private readonly reports: Pick<Reports, 'say'>,
    private readonly now: () => number,
    /** Of the sessions with these keys. */
    private readonly progressOf: (keys: readonly string[]) => SessionProgress | undefined,
  ) {}

  /** Sets the sessions: the links of those without addresses are searched. */
  run(sessions: readonly Pick<SessionConfig, 'key' | 'interface' | 'unnumbered'>[]): void {
    this.isRunning = true;
    const wanted = new Map<string, string[]>();
    for (const { key, interface: name, unnumbered } of sessions)
      if (unnumbered && name !== undefined) wanted.set(name, [...(wanted.get(name) ?? []), key]);
    for (const [name, place] of this.places)
      if (!wanted.has(name)) {
        place.discovery.close();
        this.places.delete(name);
      }
    for (const [name, keys] of wanted) {
      const place = this.places.get(name) ?? this.open(name);
      place.keys = keys;
      this.note(
        place,
        [...place.upKeys].filter((key) => keys.includes(key)),
      );
    }
    this.look();
  }

  /** A session with the addresses of its link, as found; or with the reason why it is down. */
  bind(running: RunningSession): RunningSession {
    const { config } = running;
    const place = config.unnumbered ? this.places.get(config.interface!) : undefined;
    if (!place) return running;
    const why = waitOf(place)?.text;
    const { own = UNKNOWN, remote = UNKNOWN } = place.own && place.remote ? place : {};
    return {
      ...running,
      config: {
        ...{ ...config, localAddress: own, remoteAddress: remote, localAddresses: { ipv6: own } },
        ...(why !== undefined && { awaitsNeighbour: why }),
      },
    };
  }

  /** Whether a link has such sessions. */
  has(link: string): boolean {
    return this.places.has(link);
  }

  /** Why there is no neighbour for a session, if it awaits one. */
  hindranceOf(key: string): LinkHindrance | undefined {
    const place = this.placeOf(key);
    return place && waitOf(place)?.code;
  }

  /** The default route that this machine has learned over the link of a session, for display. */
  learnedDefaultOf(key: string): string | undefined {
    return this.placeOf(key)?.learnedDefault;
  }

  /** The other stations on the link of a session. */
  othersOf(key: string): LinkStations {
    const discovery = this.placeOf(key)?.discovery;
    const all = discovery?.others ?? [];
    const isLeast = discovery?.hasMore ?? false;
    const otherStations = all.slice(0, MOST_LISTED).map(({ address, advertisedAt }) => ({
      ...{ address, advertises: Number.isFinite(advertisedAt) },
    }));
    const count = all.length - otherStations.length;
    return {
      ...(otherStations.length > 0 && { otherStations }),
      ...(count > 0 && { moreStations: { count, isLeast } }),
    };
  }

  /** The neighbour of a session, with this address, has refused a connection, or cannot be reached. */
  failed(key: string, address: string): void {
    this.placeOf(key)?.discovery.failed(address);
  }

  /** A connection from this address was refused for lack of a session. Returns why, if it came over a link. */
  refused(remote: string): string | undefined {
    const [address, name = ''] = remote.split('%');
    const place = isLinkLocal(address) ? this.places.get(name) : undefined;
    if (!place) return undefined;
    const isNeighbour = place.isFound && String(place.remote) === address;
    if (isNeighbour || place.trouble) return place.trouble?.text ?? `its session on ${name} begins just now`;
    place.discovery.connected(address);
    if (place.isFound) return `the neighbour on ${name} is ${place.remote}, and a link without addresses has only one`;
    if (place.caller === undefined) {
      place.caller = address;
      this.change();
    }
    return `it has not advertised itself on ${name} yet`;
  }

  private placeOf(key: string): Place | undefined {
    return [...this.places.values()].find(({ keys }) => keys.includes(key));
  }

  /** Most addresses of a machine are those of workloads, and none of these matters. */
  addressChanged({ address }: InterfaceAddress): void {
    if (address.isLinkLocal) this.look();
  }

  /** A link was added, removed, renamed, or changed its state; or something may have changed without an event. */
  look(): void {
    if (!this.isRunning) return;
    this.defaultRoutes.restoreAllBut(new Set(this.places.keys()));
    for (const [name, place] of this.places) this.lookAt(name, place);
  }

  /** A session was established, or has ended. */
  moved(key: string, isUp: boolean): void {
    for (const place of this.places.values()) {
      if (!place.keys.includes(key) || place.upKeys.has(key) === isUp) continue;
      this.note(place, isUp ? [...place.upKeys, key] : [...place.upKeys].filter((one) => one !== key));
    }
  }

  /** These sessions of a link are up. */
  private note(place: Place, keys: readonly string[]): void {
    const wasUp = place.upKeys.size > 0;
    place.upKeys = new Set(keys);
    if (wasUp !== keys.length > 0) place.discovery.sessionIs(!wasUp);
  }

  /** `forGood`: no next run follows. */
  close(forGood: boolean): void {
    clearImmediate(this.due);
    for (const { discovery } of this.places.values()) discovery.close();
    this.places.clear();
    this.defaultRoutes.leave(forGood);
  }

  private open(name: string): Place {
    const say = (level: 'debug' | 'info' | 'warn', message: string) =>
      this.reports.say({
        kind: 'session',
        of: this.places.get(name)?.keys[0] ?? '',
        level,
        message: `${name}: ${message}`,
      });
    const discovery = new LinkDiscovery(
      {
        notice: (text) => say('warn', text),
        progress: () => this.progressOf(place.keys),
        neighbour: (address, why, isRepeated) => {
          place.isFound = address !== undefined;
          place.caller = undefined;
          if (address !== undefined) place.remote = sure(IpAddress.parse(address));
          const level = isRepeated ? 'debug' : 'info';
          say(level, address === undefined ? `the neighbour is gone: ${why}` : `the neighbour is ${address}: ${why}`);
          this.change();
        },
      },
      this.now,
    );
    const place: Place = { discovery, own: undefined, remote: undefined, ...NOTHING_YET };
    this.places.set(name, place);
    return place;
  }

  private lookAt(name: string, place: Place): void {
    const link = this.view.links().find((one) => one.name === name);
    place.upSince = link?.up && link.carrier ? (place.upSince ?? this.now()) : undefined;
    const end = link ? this.ownEnd(link) : hindrance(isPattern(name) ? 'no-match' : 'no-interface', name);
    const before = textOf(place);
    const failed = link && this.refuse(link, place);
    if (link && end instanceof IpAddress) {
      // A session that is up stays up: its end would not unset what somebody has set.
      const isBarred = failed !== undefined && place.upKeys.size === 0;
      if (!isBarred) place.own = end;
      place.trouble = isBarred
        ? this.without(place, hindrance('default-route', name, failed))
        : place.discovery.linkIs({ ...link, address: end, upSince: place.upSince! }, '');
    } else place.trouble = this.without(place, end as Hindrance);
    if (before !== textOf(place)) this.change();
  }

  /** The neighbour is to be no default router of this machine; returns why that cannot be ensured. */
  private refuse(link: Link, place: Place): string | undefined {
    const refusal = this.defaultRoutes.refuse(link);
    const failed = refusal?.is === 'failed' ? refusal.text : undefined;
    place.learnedDefault = this.view.hasAdvertisedDefault(link.index) ? learnedText(link.name) : undefined;
    const now = [refusal?.text, place.learnedDefault].filter((text) => text !== undefined);
    for (const text of now) {
      if (place.said.has(text)) continue;
      const [key] = place.keys;
      this.reports.say({ noise: 'trouble', of: key, name: link.name, level: 'warn', message: `${link.name}: ${text}` });
    }
    place.said = new Set(now);
    return failed;
  }

  /** The link of a place cannot be used. */
  private without({ discovery }: Place, why: Hindrance): Hindrance {
    discovery.linkIs(undefined, why.text);
    return why;
  }

  /** The link-local address that sessions of a link use, or why none can. */
  private ownEnd(link: Link): IpAddress | Hindrance {
    if (!link.up) return hindrance('link-down', link.name);
    if (!link.carrier) return hindrance('no-carrier', link.name);
    const own = this.view
      .addresses()
      .filter(({ interface: index, address }) => index === link.index && address.isLinkLocal);
    const usable = own.filter(({ flags = 0 }) => (flags & UNUSABLE) === 0);
    if (usable.length > 0) return usable.map(({ address }) => address).sort((a, b) => a.compare(b))[0];
    if (own.length > 0) return hindrance('duplicate-address', link.name);
    const { mtu = LEAST_MTU } = link;
    return mtu < LEAST_MTU ? hindrance('mtu', link.name, String(mtu)) : hindrance('no-link-local', link.name);
  }

  /** Once for all that happens in a turn of the event loop. */
  private change(): void {
    this.due ??= setImmediate(() => {
      this.due = undefined;
      this.changed();
    });
  }
}

const UNKNOWN = sure(IpAddress.parse('::'));
const NOTHING_YET: Omit<Place, 'discovery' | 'own' | 'remote'> = {
  ...{ upSince: undefined, isFound: false, trouble: undefined, caller: undefined, keys: [], upKeys: new Set() },
  ...{ said: new Set<string>(), learnedDefault: undefined },
};

/** Why there is no session on a link, if there cannot be one. */
const waitOf = ({ isFound, trouble, caller }: Place): Hindrance | undefined =>
  trouble ??
  (isFound ? undefined : caller === undefined ? hindrance('silent', '') : hindrance('unadvertised', '', caller));

const learnedText = (link: string): string =>
  `a default route learned from router advertisements leads over ${link}: ip -6 route del default dev ${link} proto ra (and IPv6AcceptRA=no where systemd-networkd manages ${link})`;

const textOf = ({ trouble, own }: Place): string => `${trouble?.text} ${own}`;
