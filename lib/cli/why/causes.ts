/**
 * Causes that `peerform why` can find, by identifier: title, remedy, and the heading in docs/troubleshooting.md if
 * there is one.
 */
export const CAUSES = {
  // Sessions
  'no-session': {
    title: 'no such session',
    fix: 'peerform sessions lists what the release derives; check the peer, its node or selector, and that it is deployed',
  },
  retiring: {
    title: 'session retires',
    fix: 'a previous release created it; it is closed when the deploy in progress ends',
  },
  gate: {
    title: 'deploy in progress',
    fix: 'wait for the deploy, or undo it with peerform rollback',
    entry: 'rolls-back-in--s-unless-confirmed',
  },
  'admin-down': { title: 'shut down in the fabric', fix: 'remove adminDown from the entry, and deploy' },
  secret: {
    title: 'secret missing',
    fix: 'put the file there, readable by the user peerform',
    entry: 'the-secret--cannot-be-read',
  },
  'awaits-neighbour': {
    title: 'no neighbour on the link',
    fix: 'check the cable and the other end: it must send router advertisements on this link and have a BGP session there',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'link-unadvertised': {
    title: 'the neighbour does not advertise itself',
    fix: 'have it send router advertisements on this link: FRR needs neighbor … interface … (not its address) or no ipv6 nd suppress-ra, BIRD protocol radv',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'link-shared': {
    title: 'another station on the link',
    fix: 'put the two ends on a link of their own, or write a peer with an address; a password keeps out a station that is there first',
    entry: 'advertises-itself-too-and-is-refused',
  },
  'link-missing': {
    title: 'no such interface',
    fix: 'correct interface of the entry, or create the interface and set it up: ip link lists those of the node',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'link-down': {
    title: 'interface is down',
    fix: 'set it up (ip link set INTERFACE up), and have the network configuration of the node do so at boot',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'link-carrier': {
    title: 'no carrier on the link',
    fix: 'check the cable, the optics, and that the port at the other end is enabled',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'link-ipv6': {
    title: 'no link-local address on the link',
    fix: 'set the two sysctls that the text names to 0, and set the interface down and up; the session needs IPv6 there, also for IPv4 routes',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'link-mtu': {
    title: 'MTU too small for IPv6',
    fix: 'set the MTU of the interface to 1280 or more at both ends (ip link set mtu), and in the network configuration of the node',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'link-duplicate': {
    title: 'link-local address not usable',
    fix: 'wait 2 s; if it stays (ip -6 address shows dadfailed), find the other station with this address, then set the interface down and up',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'link-default-route': {
    title: 'the neighbour would become the default router',
    fix: 'set accept_ra_defrtr to 0 for the interface, as the text says: the sandbox of the service does not permit the agent to',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'learned-default': {
    title: 'the neighbour is a default router',
    fix: 'remove the route, as the text says; it also goes when its lifetime ends, and the agent prevents another one',
    entry: 'a-default-route-learned-from-router-advertisements',
  },
  'link-privilege': {
    title: 'no permission to search the link',
    fix: 'grant the agent CAP_NET_RAW (docs/real-nodes.md, links without addresses), and restart it',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'link-socket': {
    title: 'the link cannot be searched',
    fix: 'the text is what the system reports; journalctl -u peerform-agent shows what led to it',
    entry: 'no-neighbour-has-advertised-itself',
  },
  'awaits-bfd': {
    title: 'waits for BFD',
    fix: 'turn on BFD at the neighbour, and let UDP port 3784 (4784 for multihop) through; or remove strict from the entry',
    entry: 'waiting-for-bfd-to-come-up',
  },
  'bfd-process': {
    title: 'BFD process does not respond',
    fix: 'systemctl restart peerform-bfd; journalctl -u peerform-bfd shows why it stopped. One that hangs is ended by systemd after 10 s; elsewhere end it by kill -9, and start it again',
    entry: 'the-bfd-process-does-not-respond',
  },
  'bfd-stopped': {
    title: 'BFD stopped on this node',
    fix: 'systemctl start peerform-bfd: neighbours that closed their session connect again, BIRD after a minute. For a node without BFD, remove it from the release first',
    entry: 'the-bfd-process-does-not-respond',
  },
  'bfd-down': {
    title: 'BFD found the neighbour gone',
    fix: 'check the neighbour, and the link and the way to it; peerform sessions --explain shows what BFD sees',
    entry: 'bfd-down',
  },
  'bfd-deaf': {
    title: 'no port for BFD on this node',
    fix: 'stop the program that has the port, and the BFD process takes it within a second; only a program that runs as the same user can share it',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-admin-down': {
    title: 'BFD shut down by the neighbour',
    fix: 'have BFD enabled again for this session at the neighbour (FRR: no shutdown; BIRD: enable the protocol)',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-unheard': {
    title: 'BFD packets lost on the way there',
    fix: 'let UDP port 3784 (4784 for multihop) through to the neighbour, from port 49152 on, and check its minimum TTL, its address for this node and its authentication',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-loss': {
    title: 'BFD packets lost on the way here',
    fix: 'wait a few seconds; if it stays, look for loss or an overloaded machine between the two, or use longer intervals',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-authentication': {
    title: 'BFD authentication',
    fix: 'turn off BFD authentication for this session at the neighbour: it is not supported',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-ttl': {
    title: 'TTL of BFD too low',
    fix: 'lower minimumTtl of bfd to what arrives, if the neighbour is meant to be that far away',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-ttl-link': {
    title: 'TTL of BFD not that of a link',
    fix: 'on the link the TTL must be 255, as it was sent: have the neighbour send that, and no router in between; if it is several hops away, set multihop at both ends',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-port': {
    title: 'BFD on the link at one end, over several hops at the other',
    fix: 'set multihop of bfd to what the neighbour has: true for UDP port 4784, false for 3784; or change the neighbour',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-interface': {
    title: 'BFD packets from another interface',
    fix: 'give the interface that leads to the neighbour an address in its subnet, or set multihop at both ends; if the neighbour is elsewhere, somebody behind that interface forges its packets',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-malformed': {
    title: 'BFD packets discarded',
    fix: 'the text names the rule of RFC 5880, section 6.8.6; no-session is a packet for another session: restart BFD at the neighbour, and check that nobody else has its address',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-refused': {
    title: 'no BFD at the neighbour',
    fix: 'start BFD at the neighbour, and configure it for the address of this node, with the same reach (multihop or not)',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-lingers': {
    title: 'BFD removed here, not at the neighbour',
    fix: 'remove BFD for this node at the neighbour; until then the session goes on',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-lingers-beside': {
    title: 'BFD at both UDP ports of the neighbour',
    fix: 'remove at the neighbour the BFD session at the port that the text names, and leave the other one',
    entry: 'bfd-does-not-come-up',
  },
  'bfd-not-up': {
    title: 'not watched by BFD',
    fix: 'turn on BFD at the neighbour, and let UDP port 3784 (4784 for multihop) through',
    entry: 'waiting-for-bfd-to-come-up',
  },
  'prefix-limit': {
    title: 'prefix limit reached',
    fix: 'raise maxPrefixes, or have the neighbour send less and run peerform reset',
    entry: 'more-than--prefixes',
  },
  'kept-down': { title: 'kept down by this node', fix: 'the text says until when; peerform reset connects now' },
  'own-address': {
    title: 'own address or link',
    fix: 'restore the address or the link, or correct the entry of the node',
    entry: 'no-interface-of-this-machine-has-',
  },
  'wrong-as': {
    title: 'wrong AS number',
    fix: 'correct asNumber of the peer, or the neighbour; localAsNumber if it knows this node by another',
    entry: 'bad-peer-as',
  },
  key: {
    title: 'key mismatch suspected',
    fix: 'set the same password at both ends',
    entry: 'packets-signed-with-another-key-arrive',
  },
  ttl: {
    title: 'TTL security mismatch suspected',
    fix: 'turn on TTL security at both ends, and raise ttlSecurity if the neighbour is more hops away',
    entry: 'packets-with-too-low-a-ttl-arrive',
  },
  'their-limit': {
    title: "neighbour's prefix limit",
    fix: 'advertise less, or have the limit raised',
    entry: 'maximum-number-of-prefixes-reached',
  },
  shutdown: {
    title: 'shut down by the neighbour',
    fix: 'ask its operators; it comes up on its own',
    entry: 'administrative-shutdown',
  },
  unknown: {
    title: 'not configured at the neighbour',
    fix: 'have the neighbour configured with the address and AS number of this node',
  },
  'hold-timer': {
    title: 'hold timer expired',
    fix: 'look for loss, a small MTU or a busy machine between the two',
    entry: 'hold-timer-expired',
  },
  open: { title: 'OPEN rejected', fix: 'the text names what the two ends do not agree on' },
  malformed: {
    title: 'malformed message',
    fix: 'the text names the attribute; update the software of the side that sent it',
  },
  refused: {
    title: 'connection refused',
    fix: 'start the BGP daemon of the neighbour, and check its address and port',
    entry: 'the-neighbour-refused-the-connection-nothing-is-listening-on-its-port',
  },
  unreachable: {
    title: 'neighbour unreachable',
    fix: 'check its address and the way to it; multihop if it is not on a link',
    entry: 'the-neighbour-is-not-reachable',
  },
  silence: {
    title: 'neighbour does not respond',
    fix: 'check the neighbour, firewalls, and the password: packets with a wrong one are dropped silently',
  },
  down: { title: 'session down', fix: 'peerform watch --history and journalctl -u peerform-agent show what led to it' },
  // Routes
  filtered: {
    title: 'filtered by an import rule',
    fix: 'change the filter if the route is wanted',
    entry: 'it-is-rejected-by-import-policy',
  },
  'not-exported': {
    title: 'filtered by an export rule',
    fix: 'change the filter of the advertising node if the route is wanted',
  },
  'not-advertised': {
    title: 'not advertised',
    fix: 'the text names the rule of the protocol; reflect routes, or remove the community',
  },
  'not-negotiated': {
    title: 'not negotiated',
    fix: 'activate the address family, or its IPv6 next hops, for this session at the neighbour; or leave the family out of families of the entry',
    entry: 'the-neighbour-does-not-carry-',
  },
  'as-loop': { title: 'AS loop', fix: 'the path went through this AS before; allowOwnAs if that is meant' },
  martian: {
    title: 'martian',
    fix: 'correct the neighbour, or accept it by a rule that names it',
    entry: 'martians-not-used',
  },
  'next-hop': {
    title: 'next hop',
    fix: 'add the link or route to the next hop, or have the neighbour set itself',
    entry: 'no-route-to-next-hop',
  },
  'own-as': {
    title: 'path through this AS',
    fix: 'nothing: a neighbour sends back what it got from this AS; allowOwnAs if sites share the number',
  },
  ineligible: { title: 'not eligible', fix: 'docs/ineligible.md has every reason' },
  'not-passed-on': {
    title: 'not passed on',
    fix: 'check the neighbours between the two, or add a session or a route reflector',
  },
  'not-sent': {
    title: 'not sent by the neighbour',
    fix: 'ask its operators whether they have it, and whether they filter it',
  },
  'no-route': { title: 'no route found', fix: 'check the prefix, and which node or neighbour should originate it' },
  'not-originated': {
    title: 'not originated',
    fix: 'deploy the fabric to the node; peerform status shows what it runs',
  },
  drain: { title: 'node out of service', fix: 'peerform undrain, or remove drain from the entry of the node' },
  'rolled-back': {
    title: 'rolled back',
    fix: 'the last deploy did not stay: remove its cause, and deploy again',
    entry: 'rolled-back',
  },
  'held-back': {
    title: 'held back from the kernel',
    fix: 'find out who originates it',
    entry: 'it-is-an-address-of-this-node',
  },
  kernel: { title: 'not in the kernel', fix: 'peerform fib check compares and repairs' },
  competing: {
    title: 'another route has the traffic',
    fix: 'remove the other route, give it a higher metric, or lower kernelMetric',
    entry: 'is-also-a-route-of',
  },
  'no-answer': {
    title: 'no usable answer of the agent',
    fix: 'check the agent, or the etcd that is named; nothing else is known of this node until it responds',
    entry: 'there-is-no-such-socket-is-the-agent-running',
  },
  'older-agent': { title: 'agent of an older version', fix: 'update the agent to learn what it advertises, and why' },
  'no-family': {
    title: 'address family not carried',
    fix: 'give the node an address of the family, or the entry that creates the session the family',
  },
  stale: {
    title: 'stale path',
    fix: 'have the session come up again; peerform why with the neighbour says why it is down',
  },
  // Not a fault
  elsewhere: { title: 'elsewhere in the fabric', fix: 'run peerform why for that node' },
  up: { title: 'up', fix: '' },
  used: { title: 'in use', fix: '' },
} as const satisfies Record<string, { readonly title: string; readonly fix: string; readonly entry?: string }>;

export type Cause = keyof typeof CAUSES;

/** A finding. The first of several is the cause, or the most likely one. */
export interface Finding {
  readonly cause: Cause;
  /** The node and object, for users. */
  readonly where: string;
  readonly text: string;
}

const FINE: ReadonlySet<Cause> = new Set([
  'up',
  'used',
  'own-as',
  'elsewhere',
  'bfd-admin-down',
  'bfd-lingers',
  'bfd-lingers-beside',
]);

/** Whether it is not a fault. */
export const isFine = ({ cause }: Finding): boolean => FINE.has(cause);
