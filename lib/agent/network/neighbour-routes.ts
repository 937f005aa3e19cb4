import type { SpeakerHost } from '../../bgp/net/host';
import type { Fib } from '../../kernel/fib/fib';
import type { IpAddress } from '../../model/address';
import type { Fabric } from '../../model/fabric';
import { Prefix } from '../../model/prefix';
import type { RunningSession } from '../../node/sessions';
import { hasPeer } from '../../topology/peering';
import type { KernelRoutes } from './kernel-routes';

/**
 * How neighbours are reached: some through a gateway set by the fabric, the others by the machine's own routes, which
 * no route of ours may override.
 */
export class NeighbourRoutes {
  /** Hosts reached through a gateway set by the fabric. */
  private readonly hosts = new Map<string, Prefix>();
  /** The neighbours whose reachability the route table protects, and that table. */
  private keptFor: ReadonlyMap<string, IpAddress> = new Map();
  private keptIn: Fib | undefined;
  private due: NodeJS.Immediate | undefined;

  constructor(
    private readonly host: SpeakerHost,
    private readonly kernelRoutes: Pick<KernelRoutes, 'pin'>,
    private readonly fib: () => Fib,
    private readonly running: () => readonly RunningSession[],
  ) {}

  /** Sets the gateways of hosts, replacing all previous ones. */
  reach(gateways: readonly { readonly host: Prefix; readonly gateway: IpAddress }[]): void {
    const wanted = new Set(gateways.map(({ host }) => String(host)));
    for (const [key, host] of this.hosts)
      if (!wanted.has(key)) {
        this.hosts.delete(key);
        this.kernelRoutes.pin(host, undefined);
      }
    for (const { host, gateway } of gateways) {
      this.hosts.set(String(host), host);
      this.kernelRoutes.pin(host, { via: [{ address: gateway }] });
    }
  }

  /**
   * Unnamed neighbours were added or removed, perhaps many at once: the protected hosts are updated once for all of
   * them.
   */
  keepSoon(): void {
    this.due ??= setImmediate(() => this.keep());
  }

  /** No route may change how on-link neighbours are reached, unless the fabric itself specifies it. */
  keep(): void {
    clearImmediate(this.due);
    this.due = undefined;
    const addresses = new Map<string, IpAddress>();
    for (const { config } of this.running()) addresses.set(String(config.remoteAddress), config.remoteAddress);
    for (const { remoteAddress } of this.host.speaker.configs()) addresses.set(String(remoteAddress), remoteAddress);
    for (const { address } of this.hosts.values()) addresses.delete(String(address));
    // No route leads to a link-local address but that of its link; `::` is a neighbour that was not found yet.
    for (const [text, address] of addresses) if (!address.isHost) addresses.delete(text);
    const { keptFor, keptIn } = this;
    const fib = this.fib();
    if (keptIn === fib && keptFor.size === addresses.size && [...addresses.keys()].every((one) => keptFor.has(one)))
      return; // processing thousands takes long
    this.keptFor = addresses;
    this.keptIn = fib;
    fib.setNeighbours([...addresses.values()]);
  }

  close(): void {
    clearImmediate(this.due);
  }
}

/** The neighbours of a node that are reached through a gateway set by the fabric. */
export const gatewaysOf = ({ nodes, peers }: Fabric, node: string) =>
  Object.values(peers).flatMap((peer) =>
    peer.address && peer.reachableBy && hasPeer(peer, node, nodes[node])
      ? [{ host: Prefix.host(peer.address), gateway: peer.reachableBy }]
      : [],
  );
