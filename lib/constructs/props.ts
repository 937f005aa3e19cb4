// Generated from the schema by `npm run types:spec`: change the schema, not this file.
import type { IResolvable } from 'cdktf';
import type { AsNumberInput } from '../model/as-number';

/** A fabric: one BGP domain with its nodes, peers, racks, route reflectors and filters. */
export type FabricFields = {
  /**
   * Generation of the defaults (docs/editions.md). Default: in a stack, the edition the fabric already has, or the
   * newest for a new fabric; in a fabric file, 1.
   */
  readonly edition?: number;
  /** AS number of every node that has none of its own. Default: 64512. */
  readonly asNumber?: AsNumberInput;
  /** Every node peers with every other node. Default: true. */
  readonly nodeToNodeMesh?: boolean | IResolvable;
  /**
   * Key that signs the sessions of the mesh (TCP MD5, RFC 2385), given as a reference: `file:/path`, `env:NAME` or
   * `secret:NAME`.
   */
  readonly meshPassword?: string;
  /**
   * Seconds for which nodes in the mesh retain each other's routes while an agent restarts (RFC 4724). Default: the
   * fabric's `restartTime`.
   */
  readonly meshRestartTime?: number;
  /** Watch both ends of each session of the mesh with BFD. Default: no BFD. */
  readonly meshBfd?: BfdProfileProps;
  /** TCP port that nodes listen on. Default: 179. */
  readonly listenPort?: number;
  /** Hold time in seconds: 0, or 3 or more. Default: 90. */
  readonly holdTime?: number;
  /** Keepalive interval in seconds. Default: a third of the hold time. */
  readonly keepaliveTime?: number;
  /** Seconds between connection attempts. Default: 5. */
  readonly connectRetryTime?: number;
  /** Addresses that nodes listen on: all of their addresses, or only those given in the fabric. Default: `all`. */
  readonly bindMode?: 'all' | 'nodeAddress';
  /** Ask neighbours to retain a node's routes while its agent restarts (graceful restart, RFC 4724). Default: true. */
  readonly gracefulRestart?: boolean | IResolvable;
  /**
   * Seconds for which neighbours retain them. It is also the longest time the kernel keeps the routes of neighbours
   * that have not come back after the agent restarted. Default: 120.
   */
  readonly restartTime?: number;
  /**
   * Maximum number of equal-cost paths to a prefix that a node uses at once (ECMP), all from external or all from
   * internal neighbours. Default: 1.
   */
  readonly multipath?: number;
  /**
   * Maximum memory, in MB, for the routes of all neighbours of a node together. Above it, the session that exceeds its
   * fair share the most is closed. Default: 1000.
   */
  readonly maxRouteMemory?: number;
  /** Communities by name, for `prefixAdvertisements`. */
  readonly communities?: Record<string, string>;
  /** Communities for routes that nodes originate, by prefix. Learned routes are left unchanged. */
  readonly prefixAdvertisements?: PrefixAdvertisementProps[];
  /** Interfaces (`*` matches any characters) whose routes are never workload routes. */
  readonly ignoredInterfaces?: string[];
  /** How agents are reached whose node has no `endpoint`. Not part of the release. Default: each node has one. */
  readonly fleet?: FleetProps;
  /** Log level of the agents. Default: the level that each was started with. */
  readonly logLevel?: 'error' | 'warn' | 'info' | 'debug';
  /** Kernel routing table that nodes install their routes in. Default: 254 (main). */
  readonly kernelTable?: number;
  /** Metric of those routes, so that they never replace routes of other programs. Default: 200. */
  readonly kernelMetric?: number;
};

/**
 * BFD: packets several times a second that show whether the neighbour still forwards. When they stop, the session is
 * closed at once (BFD Down, RFC 9384), instead of when the hold timer expires. `{}` means 300 ms, 3 times.
 */
export type BfdProfileProps = {
  /**
   * Interval in milliseconds at which packets are sent, unless the neighbour requires a longer one
   * (`DesiredMinTxInterval`). Below 300 the machine must grant real-time scheduling. Default: 300.
   */
  transmitInterval?: number;
  /**
   * Shortest interval in milliseconds at which packets are accepted (`RequiredMinRxInterval`): the neighbour sends no
   * faster. Default: 300.
   */
  receiveInterval?: number;
  /**
   * How many packets in a row may be missing before the neighbour considers the node failed (`DetectMult`). Default: 3.
   */
  detectMultiplier?: number;
  /** Send nothing until the neighbour's first packet has arrived (RFC 5880 section 6.1). Default: false. */
  passive?: boolean | IResolvable;
  /**
   * The neighbour may be several hops away (RFC 5883, UDP port 4784) rather than on a link of the node (RFC 5881, port
   * 3784); both ends must agree. Default: several hops between nodes of the fabric, and towards other neighbours as
   * `multihop` and `ttlSecurity` of the session say, or if it is iBGP; a top-of-rack neighbour is on the link.
   */
  multihop?: boolean | IResolvable;
  /**
   * Over several hops, packets that arrive with a lower TTL or hop limit are dropped; from a neighbour on the link it
   * is always 255. Default: 256 minus `ttlSecurity` of the session, otherwise 1, as some neighbours (BIRD) send 64.
   */
  minimumTtl?: number;
  /**
   * BGP does not come up until BFD is up. A session that is already up stays up. Default: BGP does not wait, so that a
   * neighbour without BFD is still a neighbour.
   */
  strict?: boolean | IResolvable;
};

/** Communities for the routes that nodes advertise within a prefix. */
export type PrefixAdvertisementProps = {
  /** This prefix and every more specific prefix within it. */
  prefix: string;
  /** Communities to advertise them with: names from `communities`, or values. */
  communities: string[];
};

/** An etcd in which the agents of a fabric take deploys (docs/fleet.md). */
export type FleetProps = {
  /** The members of the etcd that the agents take deploys from, as `host:port`; the port is 2379 by default. */
  etcd: string[];
  /** Name of their keys, as in `peerform agent --etcd etcd://host:2379/PREFIX`. Default: the name of the fabric. */
  prefix?: string;
};

/** A node of the fabric. */
export type NodeFields = {
  /**
   * How to reach its agent, such as unix:///run/peerform/agent.sock. Not part of the release. Default: through the etcd
   * of `fleet`.
   */
  readonly endpoint?: string;
  /** IPv4 address for its IPv4 sessions. */
  readonly ipv4Address?: string;
  /** IPv6 address for its IPv6 sessions. */
  readonly ipv6Address?: string;
  /** Its own AS number. Default: its rack's, otherwise the fabric's. */
  readonly asNumber?: AsNumberInput;
  /** BGP identifier (router ID) as a dotted quad. Default: its IPv4 address, or one derived from its name. */
  readonly routerId?: string;
  /** Labels for selectors to match. */
  readonly labels?: Record<string, string>;
  /** The rack that it is in. */
  readonly rack?: string;
  /**
   * Makes it a route reflector for its internal neighbours, with this cluster ID (a dotted quad), and excludes it from
   * the mesh, as Calico does. Reflectors of `routeReflectors` stay in the mesh.
   */
  readonly routeReflectorClusterId?: string;
  /** Prefixes that it advertises regardless of its kernel routes. */
  readonly advertise?: AdvertisementProps[];
  /** Interfaces (`*` matches any characters) whose kernel routes are workload routes and are advertised. */
  readonly workloadInterfaces?: string[];
  /**
   * Protocols whose kernel routes are workload routes too, on any interface, by the name or number that `ip route`
   * shows.
   */
  readonly workloadProtocols?: string[];
  /** Kernel routes within these prefixes are workload routes too, on any interface. */
  readonly workloadPrefixes?: string[];
  /** Kernel routing tables that are watched for workload routes. Default: the main table. */
  readonly workloadTables?: number[];
  /** Kernel routing table that it installs its routes in. Default: the fabric's. */
  readonly kernelTable?: number;
  /** Metric of its routes in the kernel. Default: the fabric's. */
  readonly kernelMetric?: number;
  /**
   * Takes it out of service: its routes become the least preferred everywhere (graceful shutdown, RFC 8326) and are
   * then withdrawn. `false` brings it back into service even if a command drained it. Default: commands decide.
   */
  readonly drain?: boolean | IResolvable;
};

/** A prefix that the node advertises regardless of its kernel routes. */
export type AdvertisementProps = {
  /** The prefix. It must not be a martian (docs/martians.md), as every neighbour would reject it. */
  prefix: string;
  /**
   * Drop traffic to addresses of the prefix that have no more specific route, rather than sending it back along a
   * default route. Default: true.
   */
  blackhole?: boolean | IResolvable;
  /** Whether workload routes within the prefix are advertised as well. */
  moreSpecifics?: 'advertise' | 'suppress';
  /** Communities to advertise it with. */
  communities?: string[];
};

/** A BGP neighbour, or several. */
export type GlobalPeerFields = {
  /** Address of the neighbour. */
  readonly address?: string;
  /**
   * The neighbour is the one at the other end of this link, whatever its address (an unnumbered session): it is found
   * by router advertisements (RFC 4861), and the session runs between link-local addresses. Without `families` it
   * carries both; IPv4 routes have IPv6 next hops (RFC 8950). With a pattern such as `eth*`, where `*` matches any
   * characters, each interface that is up and matches has a session of its own. The agent needs CAP_NET_RAW.
   */
  readonly interface?: string;
  /**
   * With an `interface`, instead of `asNumber`: the neighbour is in any other AS (`external`), as its OPEN says, or in
   * the node's own (`internal`).
   */
  readonly peerType?: 'external' | 'internal';
  /**
   * The neighbours are the nodes of the fabric that match this selector, with one session for each address family that
   * both ends have.
   */
  readonly peerSelector?: string;
  /** Accepts neighbours from any address in this prefix and never dials them (dynamic neighbours). */
  readonly prefix?: string;
  /** Maximum number of simultaneous neighbours from `prefix`, for each node. Default: 100. */
  readonly maxNeighbours?: number;
  /**
   * How a neighbour that is a node of the fabric gets its side of the session: automatically, without filters and
   * `nextHop` of this entry (`auto`), automatically and with them (`mirror`, as in Calico), or not at all (`manual`).
   * Default: `auto`.
   */
  readonly reversePeering?: 'auto' | 'mirror' | 'manual';
  /**
   * Local address of the session, which is also the next hop advertised to an eBGP neighbour. Default: the node's
   * address of that family.
   */
  readonly localAddress?: string;
  /**
   * AS number of the neighbour. Required, except with `peerType`, and with `peerSelector` and `peerNode`, where each
   * node has its own.
   */
  readonly asNumber?: AsNumberInput;
  /**
   * Gateway through which the node reaches the address: a route to the address via it is kept in the kernel for as long
   * as the peer exists.
   */
  readonly reachableBy?: string;
  /** TCP port that the neighbour listens on. Default: 179, or the fabric's port for a node of the fabric. */
  readonly port?: number;
  /** AS number that the node presents to this neighbour (local AS, RFC 7705). Default: the node's own. */
  readonly localAsNumber?: AsNumberInput;
  /**
   * Where a local AS other than the node's own is prepended in addition to it (RFC 7705 section 3): to received paths,
   * to advertised paths, or to both. Default: to neither, so that an AS migration is invisible to others.
   */
  readonly localAsPrepend?: 'import' | 'export' | 'both';
  /**
   * Key that signs the session (TCP MD5, RFC 2385), given as a reference: `file:/path`, `env:NAME` or `secret:NAME`. If
   * the secret is missing, the session stays down.
   */
  readonly password?: string;
  /** Address families that the session carries. Default: the family of the address. */
  readonly families?: ('ipv4' | 'ipv6')[];
  /**
   * Filters, in order. Without filters, no routes are accepted from or advertised to an eBGP neighbour outside the
   * fabric (RFC 8212).
   */
  readonly filters?: string[];
  /**
   * NEXT_HOP of advertised routes: by the rules of RFC 4271 section 5.1.3, always this node (the session's local
   * address for an eBGP neighbour, the node's own address for an iBGP neighbour), or unchanged.
   */
  readonly nextHop?: 'auto' | 'self' | 'keep';
  /** Wait for the neighbour to connect; never dial. */
  readonly passive?: boolean | IResolvable;
  /** The neighbour may be more than one hop away (TTL 64 instead of 1 for eBGP). */
  readonly multihop?: boolean | IResolvable;
  /**
   * Maximum number of hops to the neighbour: packets from farther away are dropped (GTSM, RFC 5082; both ends must
   * enable it). Overrides `multihop`. Default: no such check.
   */
  readonly ttlSecurity?: number;
  /**
   * BGP role of the node towards an eBGP neighbour: prevents route leaks from one provider or peer to another (RFC
   * 9234). Default: no check.
   */
  readonly role?: 'provider' | 'customer' | 'peer' | 'routeServer' | 'routeServerClient';
  /** Maximum number of prefixes from the neighbour; above it, the session is closed. Default: 2000000. */
  readonly maxPrefixes?: number;
  /** Percentage of `maxPrefixes` from which a warning is logged. Default: no warning. */
  readonly maxPrefixesWarning?: number;
  /**
   * Seconds until a session that was closed by a limit may come up again; 0 means it stays down until `peerform reset`
   * or the limit changes. Default: 300.
   */
  readonly maxPrefixesRestart?: number;
  /**
   * Maximum memory, in MB, for the routes of the neighbour; above it, the session is closed (Cease, Out of Resources:
   * RFC 4486). Default: 500. A million Internet routes take about 160.
   */
  readonly maxRouteMemory?: number;
  /** How many times the node's own AS number may occur in the AS path of a received route. Default: 0. */
  readonly allowOwnAs?: number;
  /** Do not use routes with an AS_SET in their path (RFC 9774). Default: they are used, and marked. */
  readonly rejectAsSets?: boolean | IResolvable;
  /** Receive or send several paths to a prefix (ADD-PATH, RFC 7911). Default: one path each way. */
  readonly addPath?: 'receive' | 'send' | 'both';
  /** IPv4 routes may have an IPv6 next hop (extended next hop, RFC 8950). Default: they may not. */
  readonly extendedNextHop?: boolean | IResolvable;
  /** Hold time in seconds. Default: the fabric's. */
  readonly holdTime?: number;
  /** Keepalive interval in seconds. Default: a third of the hold time. */
  readonly keepaliveTime?: number;
  /** Seconds between connection attempts. Default: the fabric's. */
  readonly connectRetryTime?: number;
  /**
   * Seconds for which the neighbour retains the node's routes while its agent restarts (RFC 4724). Default: the
   * fabric's.
   */
  readonly restartTime?: number;
  /** Watch the neighbour with BFD (RFC 5880), which it must have enabled too. Default: no BFD. */
  readonly bfd?: BfdProfileProps;
  /**
   * Keeps the session administratively down, for this reason, which is sent to the neighbour (RFC 9003). Default: the
   * session is enabled.
   */
  readonly adminDown?: string;
  /**
   * Whether a deploy requires the session to be up: with `down`, the gate of a wave passes whether it comes up or not
   * (for a neighbour that is not there yet, or under maintenance). Default: `up`.
   */
  readonly expect?: 'up' | 'down';
};

/** A BGP neighbour, or several. */
export type NodePeerFields = {
  /** The node that peers with it. Default: every node does (a global peer). */
  readonly node: string;
  /** The nodes that peer with it, by their labels: `rack == 'a'`. Cannot be combined with `node`. */
  readonly nodeSelector?: string;
  /** Address of the neighbour. */
  readonly address?: string;
  /**
   * The neighbour is the one at the other end of this link, whatever its address (an unnumbered session): it is found
   * by router advertisements (RFC 4861), and the session runs between link-local addresses. Without `families` it
   * carries both; IPv4 routes have IPv6 next hops (RFC 8950). With a pattern such as `eth*`, where `*` matches any
   * characters, each interface that is up and matches has a session of its own. The agent needs CAP_NET_RAW.
   */
  readonly interface?: string;
  /**
   * With an `interface`, instead of `asNumber`: the neighbour is in any other AS (`external`), as its OPEN says, or in
   * the node's own (`internal`).
   */
  readonly peerType?: 'external' | 'internal';
  /**
   * With an `interface`, and instead of an AS number: the node of the fabric at the other end of the link, at its
   * `peerInterface`. Both ends are one session without addresses.
   */
  readonly peerNode?: string;
  /** The interface of `peerNode` at which the link ends. */
  readonly peerInterface?: string;
  /**
   * The neighbours are the nodes of the fabric that match this selector, with one session for each address family that
   * both ends have.
   */
  readonly peerSelector?: string;
  /** Accepts neighbours from any address in this prefix and never dials them (dynamic neighbours). */
  readonly prefix?: string;
  /** Maximum number of simultaneous neighbours from `prefix`, for each node. Default: 100. */
  readonly maxNeighbours?: number;
  /**
   * How a neighbour that is a node of the fabric gets its side of the session: automatically, without filters and
   * `nextHop` of this entry (`auto`), automatically and with them (`mirror`, as in Calico), or not at all (`manual`).
   * Default: `auto`.
   */
  readonly reversePeering?: 'auto' | 'mirror' | 'manual';
  /**
   * Local address of the session, which is also the next hop advertised to an eBGP neighbour. Default: the node's
   * address of that family.
   */
  readonly localAddress?: string;
  /**
   * AS number of the neighbour. Required, except with `peerType`, and with `peerSelector` and `peerNode`, where each
   * node has its own.
   */
  readonly asNumber?: AsNumberInput;
  /**
   * Gateway through which the node reaches the address: a route to the address via it is kept in the kernel for as long
   * as the peer exists.
   */
  readonly reachableBy?: string;
  /** TCP port that the neighbour listens on. Default: 179, or the fabric's port for a node of the fabric. */
  readonly port?: number;
  /** AS number that the node presents to this neighbour (local AS, RFC 7705). Default: the node's own. */
  readonly localAsNumber?: AsNumberInput;
  /**
   * Where a local AS other than the node's own is prepended in addition to it (RFC 7705 section 3): to received paths,
   * to advertised paths, or to both. Default: to neither, so that an AS migration is invisible to others.
   */
  readonly localAsPrepend?: 'import' | 'export' | 'both';
  /**
   * Key that signs the session (TCP MD5, RFC 2385), given as a reference: `file:/path`, `env:NAME` or `secret:NAME`. If
   * the secret is missing, the session stays down.
   */
  readonly password?: string;
  /** Address families that the session carries. Default: the family of the address. */
  readonly families?: ('ipv4' | 'ipv6')[];
  /**
   * Filters, in order. Without filters, no routes are accepted from or advertised to an eBGP neighbour outside the
   * fabric (RFC 8212).
   */
  readonly filters?: string[];
  /**
   * NEXT_HOP of advertised routes: by the rules of RFC 4271 section 5.1.3, always this node (the session's local
   * address for an eBGP neighbour, the node's own address for an iBGP neighbour), or unchanged.
   */
  readonly nextHop?: 'auto' | 'self' | 'keep';
  /** Wait for the neighbour to connect; never dial. */
  readonly passive?: boolean | IResolvable;
  /** The neighbour may be more than one hop away (TTL 64 instead of 1 for eBGP). */
  readonly multihop?: boolean | IResolvable;
  /**
   * Maximum number of hops to the neighbour: packets from farther away are dropped (GTSM, RFC 5082; both ends must
   * enable it). Overrides `multihop`. Default: no such check.
   */
  readonly ttlSecurity?: number;
  /**
   * BGP role of the node towards an eBGP neighbour: prevents route leaks from one provider or peer to another (RFC
   * 9234). Default: no check.
   */
  readonly role?: 'provider' | 'customer' | 'peer' | 'routeServer' | 'routeServerClient';
  /** Maximum number of prefixes from the neighbour; above it, the session is closed. Default: 2000000. */
  readonly maxPrefixes?: number;
  /** Percentage of `maxPrefixes` from which a warning is logged. Default: no warning. */
  readonly maxPrefixesWarning?: number;
  /**
   * Seconds until a session that was closed by a limit may come up again; 0 means it stays down until `peerform reset`
   * or the limit changes. Default: 300.
   */
  readonly maxPrefixesRestart?: number;
  /**
   * Maximum memory, in MB, for the routes of the neighbour; above it, the session is closed (Cease, Out of Resources:
   * RFC 4486). Default: 500. A million Internet routes take about 160.
   */
  readonly maxRouteMemory?: number;
  /** How many times the node's own AS number may occur in the AS path of a received route. Default: 0. */
  readonly allowOwnAs?: number;
  /** Do not use routes with an AS_SET in their path (RFC 9774). Default: they are used, and marked. */
  readonly rejectAsSets?: boolean | IResolvable;
  /** Receive or send several paths to a prefix (ADD-PATH, RFC 7911). Default: one path each way. */
  readonly addPath?: 'receive' | 'send' | 'both';
  /** IPv4 routes may have an IPv6 next hop (extended next hop, RFC 8950). Default: they may not. */
  readonly extendedNextHop?: boolean | IResolvable;
  /** Hold time in seconds. Default: the fabric's. */
  readonly holdTime?: number;
  /** Keepalive interval in seconds. Default: a third of the hold time. */
  readonly keepaliveTime?: number;
  /** Seconds between connection attempts. Default: the fabric's. */
  readonly connectRetryTime?: number;
  /**
   * Seconds for which the neighbour retains the node's routes while its agent restarts (RFC 4724). Default: the
   * fabric's.
   */
  readonly restartTime?: number;
  /** Watch the neighbour with BFD (RFC 5880), which it must have enabled too. Default: no BFD. */
  readonly bfd?: BfdProfileProps;
  /**
   * Keeps the session administratively down, for this reason, which is sent to the neighbour (RFC 9003). Default: the
   * session is enabled.
   */
  readonly adminDown?: string;
  /**
   * Whether a deploy requires the session to be up: with `down`, the gate of a wave passes whether it comes up or not
   * (for a neighbour that is not there yet, or under maintenance). Default: `up`.
   */
  readonly expect?: 'up' | 'down';
};

/** A BGP neighbour, or several. */
export type PeerGroupFields = {
  /** The nodes that peer with it, by their labels: `rack == 'a'`. Cannot be combined with `node`. */
  readonly nodeSelector?: string;
  /** Address of the neighbour. */
  readonly address?: string;
  /**
   * The neighbour is the one at the other end of this link, whatever its address (an unnumbered session): it is found
   * by router advertisements (RFC 4861), and the session runs between link-local addresses. Without `families` it
   * carries both; IPv4 routes have IPv6 next hops (RFC 8950). With a pattern such as `eth*`, where `*` matches any
   * characters, each interface that is up and matches has a session of its own. The agent needs CAP_NET_RAW.
   */
  readonly interface?: string;
  /**
   * With an `interface`, instead of `asNumber`: the neighbour is in any other AS (`external`), as its OPEN says, or in
   * the node's own (`internal`).
   */
  readonly peerType?: 'external' | 'internal';
  /**
   * The neighbours are the nodes of the fabric that match this selector, with one session for each address family that
   * both ends have.
   */
  readonly peerSelector?: string;
  /** Accepts neighbours from any address in this prefix and never dials them (dynamic neighbours). */
  readonly prefix?: string;
  /** Maximum number of simultaneous neighbours from `prefix`, for each node. Default: 100. */
  readonly maxNeighbours?: number;
  /**
   * How a neighbour that is a node of the fabric gets its side of the session: automatically, without filters and
   * `nextHop` of this entry (`auto`), automatically and with them (`mirror`, as in Calico), or not at all (`manual`).
   * Default: `auto`.
   */
  readonly reversePeering?: 'auto' | 'mirror' | 'manual';
  /**
   * Local address of the session, which is also the next hop advertised to an eBGP neighbour. Default: the node's
   * address of that family.
   */
  readonly localAddress?: string;
  /**
   * AS number of the neighbour. Required, except with `peerType`, and with `peerSelector` and `peerNode`, where each
   * node has its own.
   */
  readonly asNumber?: AsNumberInput;
  /**
   * Gateway through which the node reaches the address: a route to the address via it is kept in the kernel for as long
   * as the peer exists.
   */
  readonly reachableBy?: string;
  /** TCP port that the neighbour listens on. Default: 179, or the fabric's port for a node of the fabric. */
  readonly port?: number;
  /** AS number that the node presents to this neighbour (local AS, RFC 7705). Default: the node's own. */
  readonly localAsNumber?: AsNumberInput;
  /**
   * Where a local AS other than the node's own is prepended in addition to it (RFC 7705 section 3): to received paths,
   * to advertised paths, or to both. Default: to neither, so that an AS migration is invisible to others.
   */
  readonly localAsPrepend?: 'import' | 'export' | 'both';
  /**
   * Key that signs the session (TCP MD5, RFC 2385), given as a reference: `file:/path`, `env:NAME` or `secret:NAME`. If
   * the secret is missing, the session stays down.
   */
  readonly password?: string;
  /** Address families that the session carries. Default: the family of the address. */
  readonly families?: ('ipv4' | 'ipv6')[];
  /**
   * Filters, in order. Without filters, no routes are accepted from or advertised to an eBGP neighbour outside the
   * fabric (RFC 8212).
   */
  readonly filters?: string[];
  /**
   * NEXT_HOP of advertised routes: by the rules of RFC 4271 section 5.1.3, always this node (the session's local
   * address for an eBGP neighbour, the node's own address for an iBGP neighbour), or unchanged.
   */
  readonly nextHop?: 'auto' | 'self' | 'keep';
  /** Wait for the neighbour to connect; never dial. */
  readonly passive?: boolean | IResolvable;
  /** The neighbour may be more than one hop away (TTL 64 instead of 1 for eBGP). */
  readonly multihop?: boolean | IResolvable;
  /**
   * Maximum number of hops to the neighbour: packets from farther away are dropped (GTSM, RFC 5082; both ends must
   * enable it). Overrides `multihop`. Default: no such check.
   */
  readonly ttlSecurity?: number;
  /**
   * BGP role of the node towards an eBGP neighbour: prevents route leaks from one provider or peer to another (RFC
   * 9234). Default: no check.
   */
  readonly role?: 'provider' | 'customer' | 'peer' | 'routeServer' | 'routeServerClient';
  /** Maximum number of prefixes from the neighbour; above it, the session is closed. Default: 2000000. */
  readonly maxPrefixes?: number;
  /** Percentage of `maxPrefixes` from which a warning is logged. Default: no warning. */
  readonly maxPrefixesWarning?: number;
  /**
   * Seconds until a session that was closed by a limit may come up again; 0 means it stays down until `peerform reset`
   * or the limit changes. Default: 300.
   */
  readonly maxPrefixesRestart?: number;
  /**
   * Maximum memory, in MB, for the routes of the neighbour; above it, the session is closed (Cease, Out of Resources:
   * RFC 4486). Default: 500. A million Internet routes take about 160.
   */
  readonly maxRouteMemory?: number;
  /** How many times the node's own AS number may occur in the AS path of a received route. Default: 0. */
  readonly allowOwnAs?: number;
  /** Do not use routes with an AS_SET in their path (RFC 9774). Default: they are used, and marked. */
  readonly rejectAsSets?: boolean | IResolvable;
  /** Receive or send several paths to a prefix (ADD-PATH, RFC 7911). Default: one path each way. */
  readonly addPath?: 'receive' | 'send' | 'both';
  /** IPv4 routes may have an IPv6 next hop (extended next hop, RFC 8950). Default: they may not. */
  readonly extendedNextHop?: boolean | IResolvable;
  /** Hold time in seconds. Default: the fabric's. */
  readonly holdTime?: number;
  /** Keepalive interval in seconds. Default: a third of the hold time. */
  readonly keepaliveTime?: number;
  /** Seconds between connection attempts. Default: the fabric's. */
  readonly connectRetryTime?: number;
  /**
   * Seconds for which the neighbour retains the node's routes while its agent restarts (RFC 4724). Default: the
   * fabric's.
   */
  readonly restartTime?: number;
  /** Watch the neighbour with BFD (RFC 5880), which it must have enabled too. Default: no BFD. */
  readonly bfd?: BfdProfileProps;
  /**
   * Keeps the session administratively down, for this reason, which is sent to the neighbour (RFC 9003). Default: the
   * session is enabled.
   */
  readonly adminDown?: string;
  /**
   * Whether a deploy requires the session to be up: with `down`, the gate of a wave passes whether it comes up or not
   * (for a neighbour that is not there yet, or under maintenance). Default: `up`.
   */
  readonly expect?: 'up' | 'down';
};

/** A rack: nodes that share an AS number and top-of-rack neighbours. */
export type RackFields = {
  /** AS number of the nodes in it that have none of their own. */
  readonly asNumber?: AsNumberInput;
  /**
   * Top-of-rack neighbours of each node in it. Nodes of a rack that has any mesh only with the nodes of their own rack.
   */
  readonly topOfRack?: TopOfRackProps[];
};

/**
 * A top-of-rack neighbour. Being part of a rack implies a policy: without import rules all of its routes are accepted,
 * and without export rules it is advertised the routes that originate in the node's own AS (an empty AS_PATH), so that
 * the nodes of a rack back each other up and none provides transit between two top-of-rack neighbours. In edition 1 it
 * is advertised everything.
 */
export type TopOfRackProps = {
  /** Its address for IPv4 sessions. */
  ipv4Address?: string;
  /** Its address for IPv6 sessions. */
  ipv6Address?: string;
  /**
   * Instead of addresses: it is at the other end of this link of each node (an unnumbered session, as with `interface`
   * of a peer), or, with a pattern such as `eth*`, of each interface that is up and matches.
   */
  interface?: string;
  /**
   * Its AS number. Default: the rack's, which makes it an internal neighbour that reflects routes (RFC 4456); with an
   * `interface`, as `peerType` says.
   */
  asNumber?: AsNumberInput;
  /**
   * With an `interface`, instead of `asNumber`: it is in any other AS (`external`), as its OPEN says, or in the node's
   * own (`internal`). Default: `internal`.
   */
  peerType?: 'external' | 'internal';
  /** TCP port that the neighbour listens on. Default: 179, or the fabric's port for a node of the fabric. */
  port?: number;
  /** AS number that the node presents to this neighbour (local AS, RFC 7705). Default: the node's own. */
  localAsNumber?: AsNumberInput;
  /**
   * Where a local AS other than the node's own is prepended in addition to it (RFC 7705 section 3): to received paths,
   * to advertised paths, or to both. Default: to neither, so that an AS migration is invisible to others.
   */
  localAsPrepend?: 'import' | 'export' | 'both';
  /**
   * Key that signs the session (TCP MD5, RFC 2385), given as a reference: `file:/path`, `env:NAME` or `secret:NAME`. If
   * the secret is missing, the session stays down.
   */
  password?: string;
  /** Address families that the session carries. Default: the family of the address. */
  families?: ('ipv4' | 'ipv6')[];
  /**
   * Filters, in order. Without filters, no routes are accepted from or advertised to an eBGP neighbour outside the
   * fabric (RFC 8212).
   */
  filters?: string[];
  /**
   * NEXT_HOP of advertised routes: by the rules of RFC 4271 section 5.1.3, always this node (the session's local
   * address for an eBGP neighbour, the node's own address for an iBGP neighbour), or unchanged.
   */
  nextHop?: 'auto' | 'self' | 'keep';
  /** Wait for the neighbour to connect; never dial. */
  passive?: boolean | IResolvable;
  /** The neighbour may be more than one hop away (TTL 64 instead of 1 for eBGP). */
  multihop?: boolean | IResolvable;
  /**
   * Maximum number of hops to the neighbour: packets from farther away are dropped (GTSM, RFC 5082; both ends must
   * enable it). Overrides `multihop`. Default: no such check.
   */
  ttlSecurity?: number;
  /**
   * BGP role of the node towards an eBGP neighbour: prevents route leaks from one provider or peer to another (RFC
   * 9234). Default: no check.
   */
  role?: 'provider' | 'customer' | 'peer' | 'routeServer' | 'routeServerClient';
  /** Maximum number of prefixes from the neighbour; above it, the session is closed. Default: 2000000. */
  maxPrefixes?: number;
  /** Percentage of `maxPrefixes` from which a warning is logged. Default: no warning. */
  maxPrefixesWarning?: number;
  /**
   * Seconds until a session that was closed by a limit may come up again; 0 means it stays down until `peerform reset`
   * or the limit changes. Default: 300.
   */
  maxPrefixesRestart?: number;
  /**
   * Maximum memory, in MB, for the routes of the neighbour; above it, the session is closed (Cease, Out of Resources:
   * RFC 4486). Default: 500. A million Internet routes take about 160.
   */
  maxRouteMemory?: number;
  /** How many times the node's own AS number may occur in the AS path of a received route. Default: 0. */
  allowOwnAs?: number;
  /** Do not use routes with an AS_SET in their path (RFC 9774). Default: they are used, and marked. */
  rejectAsSets?: boolean | IResolvable;
  /** Receive or send several paths to a prefix (ADD-PATH, RFC 7911). Default: one path each way. */
  addPath?: 'receive' | 'send' | 'both';
  /** IPv4 routes may have an IPv6 next hop (extended next hop, RFC 8950). Default: they may not. */
  extendedNextHop?: boolean | IResolvable;
  /** Hold time in seconds. Default: the fabric's. */
  holdTime?: number;
  /** Keepalive interval in seconds. Default: a third of the hold time. */
  keepaliveTime?: number;
  /** Seconds between connection attempts. Default: the fabric's. */
  connectRetryTime?: number;
  /**
   * Seconds for which the neighbour retains the node's routes while its agent restarts (RFC 4724). Default: the
   * fabric's.
   */
  restartTime?: number;
  /** Watch the neighbour with BFD (RFC 5880), which it must have enabled too. Default: no BFD. */
  bfd?: BfdProfileProps;
  /**
   * Keeps the session administratively down, for this reason, which is sent to the neighbour (RFC 9003). Default: the
   * session is enabled.
   */
  adminDown?: string;
  /**
   * Whether a deploy requires the session to be up: with `down`, the gate of a wave passes whether it comes up or not
   * (for a neighbour that is not there yet, or under maintenance). Default: `up`.
   */
  expect?: 'up' | 'down';
};

/**
 * Route reflectors and their clients. Clients are excluded from the node-to-node mesh; reflectors stay in it, and
 * reflectors that are not clients of each other peer with each other in any case.
 */
export type RouteReflectorsFields = {
  /** The reflectors, by name; use two or more for redundancy. */
  readonly reflectors?: string[];
  /** The reflectors, by their labels. */
  readonly reflectorSelector?: string;
  /** The clients, by name. */
  readonly clients?: string[];
  /**
   * The clients, by their labels; reflectors of the group are never its clients. Default, when `clients` is not given
   * either: all other nodes.
   */
  readonly clientSelector?: string;
  /**
   * Cluster ID shared by the reflectors. Default: each uses its own BGP identifier, so that a client can reach all
   * others through any one of them.
   */
  readonly clusterId?: string;
  /** Key that signs the sessions of the group (TCP MD5), given as a reference. */
  readonly password?: string;
  /**
   * Maximum memory, in MB, for the routes of one neighbour of the group; above it, the session with that neighbour is
   * closed. Default: 500.
   */
  readonly maxRouteMemory?: number;
  /** Watch both ends of each session of the group with BFD. Default: no BFD. */
  readonly bfd?: BfdProfileProps;
};

/** A named filter that peers refer to. */
export type FilterFields = {
  /** Rules for received routes, in order. */
  readonly import?: FilterRuleProps[];
  /** Rules for advertised routes, in order. */
  readonly export?: FilterRuleProps[];
};

/** A rule of a filter. It matches a route when all of its conditions hold. */
export type FilterRuleProps = {
  /**
   * Matches routes within this prefix. Default: every route of both families. Martians (docs/martians.md) are accepted
   * only by an import rule whose prefix lies within their range.
   */
  prefix?: string;
  /** Minimum prefix length to match. Default: the length of the rule's prefix. */
  ge?: number;
  /** Maximum prefix length to match. Default: 32 or 128, so that all more specific routes match. */
  le?: number;
  /** Matches routes that carry all of these communities. */
  communities?: string[];
  /** Matches routes whose AS path begins with these AS numbers, the neighbour's first. */
  asPathBeginsWith?: AsNumberInput[];
  /** Matches routes whose AS path contains all of these AS numbers, in any position. */
  asPathContains?: AsNumberInput[];
  /**
   * Matches routes whose AS path, written as in `64512 65001 {65002,65003}`, matches this regular expression; `_`
   * matches the start, the end, or the separator between two AS numbers.
   */
  asPathMatches?: string;
  /** Matches routes received from (import) or advertised to (export) neighbours of this type. */
  peerType?: 'ebgp' | 'ibgp';
  /** Matches routes with this LOCAL_PREF; a route without one counts as 100. */
  localPreference?: number;
  /** Matches routes whose next hop is within this prefix. */
  nextHop?: string;
  /** Matches workload routes of interfaces with this name (`*` matches any characters). Export only. */
  interface?: string;
  /** Matches routes that the node originates (`workload`) or has learned (`bgp`). */
  source?: 'workload' | 'bgp';
  /** What to do with a route that matches. */
  action: 'accept' | 'reject';
  /** Changes to make to an accepted route. */
  set?: RouteSettingsProps;
};

/** Changes that a rule makes to a route it accepts. */
export type RouteSettingsProps = {
  /** Replaces all communities of the route, of every kind; an empty list removes them all. Default: left unchanged. */
  communities?: string[];
  /** Communities to add to the route. */
  addCommunities?: string[];
  /** Communities to remove from the route. */
  removeCommunities?: string[];
  /**
   * How many times to prepend to the AS path of a route exchanged with an eBGP neighbour: on export, the node's own AS
   * number (in addition to the usual one); on import, the neighbour's.
   */
  prepend?: number;
  /** AS numbers to prepend to the AS path; the first one ends up leftmost. */
  prependAsNumbers?: AsNumberInput[];
  /** LOCAL_PREF; higher is preferred. Never sent to eBGP neighbours. */
  localPreference?: number;
  /** MULTI_EXIT_DISC (MED); lower is preferred. */
  med?: number;
  /**
   * Next hop: an address or, on export, `self` for the node's own address. Routes of a family that cannot use it keep
   * their next hop.
   */
  nextHop?: string;
};
