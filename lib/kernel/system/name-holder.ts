import { readFileSync, statSync } from 'node:fs';
import { printable } from '../../model/printable';
import { find, readAttributes } from '../codec/attribute';
import { NLM_FLAG, NLMSG_HEADER_LENGTH, netlinkMessage } from '../codec/header';
import { putU32, u16, u32 } from '../codec/octets';
import { abstractAddress } from '../codec/socket-address';
import * as ffi from './ffi';
import { SO, SOL_SOCKET } from './socket-options';

/** The holder of a socket name, as far as the kernel reveals it. */
export interface SocketHolder {
  /** Absent if it is in another pid namespace, or cannot be connected to. */
  readonly pid?: number;
  readonly uid?: number;
}

/**
 * The process that holds an abstract name in this network namespace: the listener, by SO_PEERCRED. If connecting fails
 * (its queue is full, or it does not listen, which any process may bring about), only the owner of the socket, by
 * sock_diag(7). Undefined if the name is free.
 */
export function holderOfName(name: string): SocketHolder | undefined {
  const inode = inodeOf(name);
  return inode === undefined ? undefined : (listenerAt(name) ?? ownerOf(inode));
}

function listenerAt(name: string): SocketHolder | undefined {
  const fd = ffi.socket(ffi.AF.unix, ffi.SOCK.stream | ffi.SOCK.nonblock | ffi.SOCK.cloexec, 0);
  if (fd < 0) return undefined;
  const credentials = new Uint8Array(12); // struct ucred: pid, uid, gid; pid 0 if it is in another pid namespace
  const connected = ffi.connect(fd, abstractAddress(name));
  const result = connected < 0 ? connected : ffi.getOctets(fd, SOL_SOCKET, SO.peerCredentials, credentials);
  ffi.close(fd);
  if (result < 0) return undefined;
  const pid = u32(credentials, 0);
  return { uid: u32(credentials, 4), ...(pid > 0 && { pid }) };
}

/**
 * Type and state of an unconnected stream socket. Connections waiting to be accepted have the name of their listener.
 */
const STREAM = '0001';
const UNCONNECTED = '01';

/** From /proc/net/unix: address, references, protocol, flags, type, state, inode, name. */
function inodeOf(name: string): number | undefined {
  const lines = readFileSync('/proc/thread-self/net/unix', 'latin1').split('\n');
  const fields = lines.filter((line) => line.endsWith(` @${name}`)).map((line) => line.split(/\s+/));
  const found = fields.find(([, , , , type, state]) => type === STREAM && state === UNCONNECTED);
  return found && Number(found[6]);
}

const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const UNIX_DIAG_UID = 7;
const UDIAG_SHOW_UID = 0x40;
/** Octets of struct unix_diag_req, and of struct unix_diag_msg, which attributes follow. */
const REQUEST = 24;
const ANSWER = 16;

/** The owner of a unix socket (Linux 5.3 or later). */
function ownerOf(inode: number): SocketHolder {
  const fd = ffi.socket(ffi.AF.netlink, ffi.SOCK.raw | ffi.SOCK.nonblock | ffi.SOCK.cloexec, NETLINK_SOCK_DIAG);
  if (fd < 0) return {};
  try {
    const request = new Uint8Array(REQUEST);
    const answer = new Uint8Array(4096);
    request[0] = ffi.AF.unix;
    putU32(request, 4, 0xffffffff); // in any state
    putU32(request, 8, inode);
    putU32(request, 12, UDIAG_SHOW_UID);
    request.fill(0xff, 16); // without a cookie
    const octets = netlinkMessage(SOCK_DIAG_BY_FAMILY, NLM_FLAG.request, 1, request);
    if (ffi.send(fd, octets, octets.length) < 0) return {};
    const length = ffi.receive(fd, answer); // the kernel responds within send
    if (length < 0 || u16(answer, 4) !== SOCK_DIAG_BY_FAMILY) return {};
    const owner = find(readAttributes(answer, NLMSG_HEADER_LENGTH + ANSWER, length) ?? [], UNIX_DIAG_UID);
    return owner ? { uid: u32(owner.value, 0) } : {};
  } finally {
    ffi.close(fd);
  }
}

/** A process for display: `user alice, command python3 -c …`; unknown parts are omitted. */
export function describeProcess({ pid, uid = ownerOfProcess(pid) }: SocketHolder): string {
  const parts = [uid === undefined ? [] : `user ${userOf(uid) ?? uid}`, commandOf(pid) ?? []].flat();
  return parts.join(', ');
}

const ownerOfProcess = (pid: number | undefined): number | undefined =>
  pid === undefined ? undefined : statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;

function commandOf(pid: number | undefined): string | undefined {
  try {
    const command = pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return command ? `command ${printable(command, 100)}` : undefined;
  } catch {
    return undefined; // it has exited, or /proc hides it (ProtectProc=invisible)
  }
}

/** The name of a user id; undefined if unknown. */
function userOf(uid: number): string | undefined {
  return users().find(([, number]) => number === uid)?.[0];
}

/** The id of a user name; undefined if unknown. */
export function uidOf(user: string): number | undefined {
  return users().find(([name]) => name === user)?.[1];
}

function users(): [name: string, uid: number][] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid]) => [name, Number(uid || Number.NaN)]);
  } catch {
    return [];
  }
}
