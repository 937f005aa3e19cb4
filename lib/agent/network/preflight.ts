import { describeCapabilities, probeCapabilities } from '../../kernel/capabilities';
import { ownerOfProtocol } from '../../kernel/codec/route-protocol';
import { KernelError } from '../../kernel/system/error';
import { notForwarding } from '../../kernel/system/forwarding';
import { type AgentLock, lockAgent } from '../../kernel/system/lock';
import type { AddressFamily } from '../../model/address';
import type { Fabric } from '../../model/fabric';
import { Failure } from '../failure';
import type { Log } from '../host/log';

/**
 * Checks that an agent can run on this machine, and locks out others. Throws {@link Failure}: a privilege is missing,
 * or another agent runs here.
 */
export function preflight(log: Log, protocol: number): AgentLock {
  const capabilities = granted(probeCapabilities());
  if (capabilities.routes)
    throw new Failure('privilege', `not permitted to write kernel routes: ${capabilities.routes}`);
  for (const line of describeCapabilities(capabilities)) log.warn(line);
  const owner = ownerOfProtocol(protocol);
  if (owner !== undefined)
    throw new Failure(
      'usage',
      `protocol ${protocol} marks the kernel routes of ${owner}: set --kernel-protocol to an unused number`,
    );
  const lock = lockAgent(protocol);
  if (lock instanceof KernelError) throw new Failure('second-agent', lock.toString());
  if (lock.warning !== undefined) log.warn(lock.warning);
  return lock;
}

export function granted<T>(value: T | KernelError): T {
  if (value instanceof KernelError) throw new Failure('privilege', value.toString());
  return value;
}

/** Reports once for each family of a node that the machine does not forward its packets. */
export class ForwardingCheck {
  private readonly told = new Set<AddressFamily>();

  constructor(private readonly log: Log) {}

  /** `isUnnumbered`: whether a link has sessions without addresses. */
  look(
    { ipv4Address, ipv6Address }: Pick<Fabric['nodes'][string], 'ipv4Address' | 'ipv6Address'>,
    isUnnumbered: (link: string) => boolean,
  ): void {
    for (const address of [ipv4Address, ipv6Address]) {
      const why = address && !this.told.has(address.family) && notForwarding(address.family, isUnnumbered);
      if (!why) continue;
      this.told.add(address.family);
      this.log.warn(why);
    }
  }
}
