import { bfdText, changeOf } from '../bgp/session/change';
import { type BfdOptions, isNamed, type SessionConfig } from '../bgp/session/config';
import type { Fabric } from '../model/fabric';
import { isRedelivered } from '../model/secret-reference';
import { endsOver } from '../node/ends';
import type { KeptLocalAs } from '../node/local-as';
import { FabricSlices } from '../topology/fabric-slice';
import { COUNTERPART } from '../topology/link';
import type { Role } from '../topology/session';
import { onCommonLinks } from './common-links';
import { isExternalSession } from './neighbour';
import { counted, names } from './words';

/** What an outside neighbour must change in its configuration before its session comes up again. */
export interface OtherSide {
  readonly neighbour: string;
  /** Names of nodes. */
  readonly nodes: readonly string[];
  readonly must: string;
  /** How to do it without loss, or with the least. */
  readonly way: string;
  /** The session stays up whether or not it is done. */
  readonly staysUp?: true;
  /** Only if a secret has a new value, or the neighbour is in another AS than it must be. */
  readonly isPossible?: true;
}

const BFD_GOES =
  'BFD: change the neighbour after the deploy. The existing BFD session goes on until the neighbour ends it, as most daemons would take its end for a failure and close the session; by then it does nothing here.';

const whereOf = ({ multihop, minimumTtl }: BfdOptions): string =>
  multihop
    ? `over several hops (UDP port 4784${minimumTtl > 1 ? `, with a TTL of at least ${minimumTtl} on arrival` : ''})`
    : 'on the link (UDP port 3784)';

const ROLES: Readonly<Record<Role, string>> = {
  ...{ provider: 'provider', customer: 'customer', peer: 'peer' },
  ...{ routeServer: 'route server', routeServerClient: 'route server client' },
};
const FAMILIES: Readonly<Record<string, string>> = { 'ipv4 unicast': 'IPv4', 'ipv6 unicast': 'IPv6' };

type Pair = readonly [before: SessionConfig, after: SessionConfig];

interface Agreed extends Pick<OtherSide, 'staysUp'> {
  /** Text, or what decides it. */
  readonly way: string | ((pair: Pair) => string);
  readonly isPossible?: (pair: Pair) => boolean;
  readonly must: (pair: Pair) => string | undefined;
}

/**
 * Why this end resets a session at activation, while both the previous and the new AS numbers, and BGP identifiers, are
 * accepted. Undefined: it does not.
 */
function resetAtActivation([was, is]: Pair): string | undefined {
  if (was.key !== is.key) return undefined; // the former stays up until the commit
  const former = was.acceptable.map((pair) => ({ localId: was.routerId, ...pair }));
  const both = { ...is, acceptable: [...is.acceptable, ...former] };
  const { cost, words } = changeOf(was, both, was.acceptable[0]);
  return cost === 'reset' ? words : undefined;
}

/**
 * Parameters that both sides must agree on, and what the other side must do when they change. Passwords are named only
 * by reference.
 */
const AGREED: readonly Agreed[] = [
  {
    must: ([
      {
        acceptable: [was],
      },
      {
        acceptable: [is],
      },
    ]) => (was.localAs === is.localAs ? undefined : `expect AS ${is.localAs} instead of ${was.localAs}`),
    way: 'AS number of this side: set localAsNumber of the entry to the previous number, so that nothing changes for the neighbour, and make that change in a separate deploy. The session is reset once; its routes are retained here during the reset.',
  },
  {
    must: ([
      {
        acceptable: [was],
      },
      {
        acceptable: [is],
      },
    ]) => {
      if (was.remoteAs === is.remoteAs) return undefined;
      // Any AS but this side's: the neighbour stays as it is if it was in another one.
      if (is.anyExternal) return was.localAs === was.remoteAs ? `be in an AS other than ${is.localAs}` : undefined;
      if (isNamed(was, is)) return `be in AS ${is.remoteAs}, if it is in another one`;
      return `be in AS ${is.remoteAs}${was.anyExternal ? '' : ` instead of ${was.remoteAs}`}`;
    },
    isPossible: ([
      {
        acceptable: [was],
      },
      {
        acceptable: [is],
      },
    ]) => isNamed(was, is),
    way: (pair) => {
      const why = resetAtActivation(pair);
      const then =
        why === undefined
          ? ', and the session is left alone here. Change the neighbour while the wave waits at its gate; its session is reset once, and its routes are retained here during the reset.'
          : `. The session is reset twice: by this node at activation (${why}), and by the neighbour's own change. Change the neighbour while the wave waits at its gate; its routes are retained here during both resets.`;
      return `AS number of the neighbour: both numbers are accepted from activation to commit${then}`;
    },
  },
  {
    must: ([was, is]) =>
      was.localAddress.equals(is.localAddress)
        ? undefined
        : `peer with ${is.localAddress} instead of ${was.localAddress}`,
    way: 'Address of this side: configure the new session on the neighbour in addition to the old one first. The old one stays up until the commit, and nothing is lost.',
  },
  {
    must: ([was, is]) => (was.port === is.port ? undefined : `listen on port ${is.port}`),
    way: 'Port: have the neighbour listen on both ports first. The old session stays up until the commit.',
  },
  {
    must: ([was, is]) =>
      was.authentication === is.authentication
        ? undefined
        : is.authentication === undefined
          ? 'stop signing'
          : isRedelivered(was.authentication, is.authentication)
            ? `sign with the new value of ${is.authentication}, if it has one`
            : `sign with the key known here as ${is.authentication}`,
    isPossible: ([was, is]) => isRedelivered(was.authentication, is.authentication),
    way: 'Key: TCP MD5 supports one key at a time. The session is down from activation until the neighbour has the new key: change the neighbour while the wave waits at its gate, and set the gate long enough for that. Its routes are retained here meanwhile. To avoid any loss, first add a second session, from another entry with the new key and other addresses, then remove the old one.',
  },
  {
    must: ([was, is]) => {
      if (was.gtsmHops === is.gtsmHops) return undefined;
      if (is.gtsmHops === undefined) return 'stop using TTL security';
      const within = `at most ${counted(is.gtsmHops, 'hop')} away`;
      if (was.gtsmHops === undefined) return `send with TTL 255 (RFC 5082), and be ${within}`;
      return is.gtsmHops < was.gtsmHops ? `be ${within}` : undefined;
    },
    way: 'TTL security: first have the neighbour send with TTL 255 without checking. The session is reset once.',
  },
  {
    must: ([was, is]) => {
      if (was.multihop === is.multihop || is.gtsmHops !== undefined) return undefined;
      // That a neighbour becomes internal is enough.
      if (!isExternalSession(is)) return undefined;
      return is.multihop
        ? 'allow several hops (multihop), unless it is on a link of the node'
        : 'be on a link of the node';
    },
    way: 'Hops: first allow several hops (multihop) on the neighbour, which does no harm on a link. The session is reset once.',
  },
  {
    must: ([was, is]) => {
      if (was.role === is.role || !isExternalSession(is)) return undefined;
      if (is.role === undefined) return 'not require a role (strict mode of RFC 9234)';
      return `announce no role, or the role ${ROLES[COUNTERPART[is.role]]} (RFC 9234)`;
    },
    way: 'Role: a neighbour that announces another role is refused. First have it announce none, or change it while the wave waits at its gate. The session is reset once.',
  },
  {
    must: ([was, is]) => {
      const added = is.families.filter((family) => !was.families.includes(family));
      if (added.length === 0) return undefined;
      return `enable ${added.map((family) => FAMILIES[family]).join(' and ')} on the session, or no such routes are exchanged`;
    },
    way: 'Address family: enable it on the neighbour before or after the deploy. The session comes up without it, too.',
  },
  {
    must: ([was, is]) => (is.bfd && !was.bfd ? `run BFD ${whereOf(is.bfd)}, here ${bfdText(is.bfd)}` : undefined),
    way: 'BFD: enable it on the neighbour before or after the deploy. No session is reset by it, and until both sides run it the neighbour is not watched; a strict session that is closed for another reason stays down until then.',
    staysUp: true,
  },
  {
    must: ([was, is]) =>
      was.bfd && is.bfd && was.bfd.multihop !== is.bfd.multihop ? `run BFD ${whereOf(is.bfd)} from now on` : undefined,
    way: BFD_GOES,
    staysUp: true,
  },
  {
    must: ([{ bfd: was }, { bfd: is }]) =>
      was?.multihop === true && is?.multihop === true && is.minimumTtl > was.minimumTtl
        ? `send BFD packets that arrive with a TTL of at least ${is.minimumTtl}`
        : undefined,
    way: 'TTL of BFD: have the neighbour send with a TTL of 255, and check how many hops away it is, before the deploy. If its packets arrive with a lower TTL, BFD goes down after the detection time, and the session is closed.',
  },
  {
    must: ([was, is]) => (was.bfd && !is.bfd ? 'stop BFD after the deploy' : undefined),
    way: BFD_GOES,
    staysUp: true,
  },
];

/**
 * What outside neighbours must do at the same time. Sessions are matched by address, or by the entry that defines them.
 * `localAs`: see {@link impactOf}.
 */
export function otherSidesOf(was: Fabric, is: Fabric, keptLocalAs: KeptLocalAs = {}): OtherSide[] {
  const { before, after, kept } = onCommonLinks(was, is);
  const localAs = kept(keptLocalAs);
  const found = new Map<string, OtherSide & { nodes: string[] }>();
  const parts = [before, after].map((fabric) => FabricSlices.of(fabric));
  for (const name of Object.keys(after.nodes)) {
    if (!before.nodes[name]) continue;
    const [old, now] = endsOver(
      parts[0].of([name], ['outside']),
      parts[1].of([name], ['outside']),
      name,
      localAs[name],
    );
    const left = new Map(old.map(({ config }) => [config.key, config]));
    for (const { config, range } of now) {
      const former =
        left.get(config.key) ??
        [...left.values()].find(
          (one) => one.reason === config.reason && one.remoteAddress.equals(config.remoteAddress),
        );
      if (!former) continue;
      left.delete(former.key);
      for (const { must: asks, isPossible, way, ...how } of AGREED) {
        const must = asks([former, config]);
        if (must === undefined) continue;
        const neighbour = range ? `each neighbour from ${range}` : config.remoteAddress.toString();
        const key = `${neighbour} ${must}`;
        const known = found.get(key);
        if (known) known.nodes.push(name);
        else
          found.set(key, {
            ...{ neighbour, nodes: [name], must, ...how },
            way: typeof way === 'string' ? way : way([former, config]),
            ...(isPossible?.([former, config]) && { isPossible: true }),
          });
      }
    }
  }
  return [...found.values()];
}

export const describeOtherSide = ({ neighbour, nodes, must }: OtherSide): string =>
  `${neighbour} must ${must}: its ${nodes.length === 1 ? 'session' : 'sessions'} with ${names(nodes)}`;

/** How to do it, without duplicates. */
export const waysOf = (all: readonly OtherSide[]): string[] => [...new Set(all.map(({ way }) => way))];
