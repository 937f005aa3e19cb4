import { constants } from 'node:os';
import {
  emptyMessage,
  type NetlinkMessage,
  netlinkMessage,
  nextMessage,
  readMessage,
  TYPE,
} from '../../lib/kernel/codec/header';
import { decodeNexthop, type Nexthop } from '../../lib/kernel/codec/nexthop';
import { emptyRoute, readRoute } from '../../lib/kernel/codec/route';
import type { NetlinkSocket, ReadEnd } from '../../lib/kernel/netlink/socket';

const FLAG = { ack: 4, replace: 0x100, exclusive: 0x200, create: 0x400 } as const;
const { EEXIST, EINVAL, ENOENT, ESRCH } = constants.errno;

/**
 * IPv4 routes and nexthop objects as the kernel keeps them: it is called with requests and answers with messages, and
 * has the face of a socket too. Checks what the kernel can't forgive: groups of members that are not there, routes on
 * groups that are not there.
 */
export class SimulatedKernel {
  readonly routes = new Map<string, number>();
  readonly objects = new Map<number, Nexthop>();
  /** Calls, and route requests, so far. */
  calls = 0;
  requests = 0;
  /** What was asked of routes, in order: `+24` for one of 24 bits that was written, `-24` for one that was deleted. */
  readonly order: string[] = [];
  /** Errors that requests about routes to these prefixes get. */
  readonly errors = new Map<string, number>();
  /** The most routes that went with one object that was deleted. */
  largestDrop = 0;
  /** Gateways that members can't have. */
  readonly refused = new Set<string>();
  /** The answers to the next call are lost. */
  losesAnswers = false;
  private answers: Uint8Array[] = [];

  /** The face that a batch needs. */
  get socket(): NetlinkSocket {
    return this as unknown as NetlinkSocket;
  }

  readonly privileged = true;

  /** Does what it is asked, and answers to failures and to the request that wants to know. */
  call(bytes: Uint8Array, length: number): Uint8Array[] {
    const request = emptyMessage();
    const answers: Uint8Array[] = [];
    for (let at = 0; readMessage(bytes, at, length, request); at = nextMessage(request)) {
      const error = this.perform(bytes, request);
      if (error !== 0 || (request.flags & FLAG.ack) !== 0) answers.push(answer(error, request.sequence));
    }
    this.calls++;
    const isLost = this.losesAnswers;
    this.losesAnswers = false;
    return isLost ? [] : answers;
  }

  sendAsync(bytes: Uint8Array, length: number, done: (result: number) => void): void {
    this.answers = this.call(bytes, length);
    setImmediate(() => done(length));
  }

  read(visit: (bytes: Uint8Array, one: NetlinkMessage) => void): ReadEnd {
    for (const bytes of this.answers.splice(0)) visit(bytes, readMessage(bytes, 0, bytes.length, emptyMessage())!);
    return 'empty';
  }

  /** Where a route leads in the end: gateways with weights, sorted. */
  leads(prefix: string): string {
    const group = this.objects.get(this.routes.get(prefix) ?? 0);
    return (group?.group ?? [])
      .map(({ id, weight }) => `${this.objects.get(id)!.gateway}*${weight}`)
      .sort()
      .join(' ');
  }

  /**
   * Drops an object as the kernel does: members leave their groups, groups take their routes along. Tells of each, in
   * its order.
   */
  drop(id: number, tell: (object: Nexthop, isThere: boolean) => void = () => {}): void {
    const before = this.objects.get(id);
    if (!before) return;
    this.objects.delete(id);
    tell(before, false);
    const lost = [...this.routes].filter(([, on]) => on === id);
    this.largestDrop = Math.max(this.largestDrop, lost.length);
    for (const [prefix] of lost) this.routes.delete(prefix);
    for (const [other, object] of [...this.objects]) {
      if (!object.group?.some((member) => member.id === id)) continue;
      const group = object.group.filter((member) => member.id !== id);
      if (group.length === 0) this.drop(other, tell);
      else {
        this.objects.set(other, { ...object, group });
        tell({ ...object, group }, true);
      }
    }
  }

  private perform(bytes: Uint8Array, request: NetlinkMessage): number {
    const { type, start, end, flags } = request;
    if (type === TYPE.newNexthop || type === TYPE.delNexthop)
      return this.performObject(decodeNexthop(bytes, start, end)!, type === TYPE.delNexthop, flags);
    const route = emptyRoute();
    readRoute(bytes, start, end, route);
    this.requests++;
    this.order.push(`${type === TYPE.delRoute ? '-' : '+'}${route.length}`);
    const prefix = `${bytes.slice(route.destination, route.destination + 4).join('.')}/${route.length}`;
    const isThere = this.routes.has(prefix);
    const error = this.errors.get(prefix);
    if (error !== undefined) return -error;
    if (type === TYPE.delRoute) return this.routes.delete(prefix) ? 0 : -ESRCH;
    if (isThere && (flags & FLAG.exclusive) !== 0) return -EEXIST;
    if (!isThere && (flags & FLAG.create) === 0) return -ENOENT;
    if (!this.objects.get(route.nexthopId)?.group) return -EINVAL;
    this.routes.set(prefix, route.nexthopId);
    return 0;
  }

  private performObject(object: Nexthop, isDelete: boolean, flags: number): number {
    if (isDelete) {
      if (!this.objects.has(object.id)) return -ENOENT;
      this.drop(object.id);
      return 0;
    }
    if (this.objects.has(object.id) && (flags & FLAG.exclusive) !== 0) return -EEXIST;
    if (object.group?.some(({ id }) => !this.objects.has(id))) return -EINVAL;
    if (this.refused.has(String(object.gateway))) return -EINVAL;
    this.objects.set(object.id, object);
    return 0;
  }
}

function answer(error: number, sequence: number): Uint8Array {
  const payload = new Uint8Array(20);
  const view = new DataView(payload.buffer);
  view.setInt32(0, error, true);
  view.setUint32(12, sequence, true);
  return netlinkMessage(TYPE.error, 0x100, sequence, payload);
}
