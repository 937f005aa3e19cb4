import { readFileSync } from 'node:fs';
import type { IpAddress } from '../../model/address';
import { IPV4_MAPPED, udpSocketsIn } from '../codec/proc-udp';
import { describeProcess } from './name-holder';

/** The user whose UDP socket keeps others from an address and port, for display; undefined if none is found. */
export function holderOfPort(address: IpAddress, port: number): string | undefined {
  const isHeldBy = ({ local, port: theirs }: ReturnType<typeof udpSocketsIn>[number]): boolean => {
    if (theirs !== port) return false;
    const isAny = local.every((octet) => octet === 0);
    // A socket of IPv6 at all addresses has those of IPv4 as well.
    if (local.length === address.bytes.length || isAny)
      return isAny ? local.length >= address.bytes.length : isSame(local, address.bytes);
    return address.family === 'ipv4' && isSame(local, Uint8Array.of(...IPV4_MAPPED, ...address.bytes));
  };
  for (const table of ['udp', 'udp6']) {
    const found = udpSocketsIn(tableAt(table)).find(isHeldBy);
    if (found) return describeProcess({ uid: found.uid });
  }
  return undefined;
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

function tableAt(name: string): string {
  try {
    return readFileSync(`/proc/thread-self/net/${name}`, 'latin1');
  } catch {
    return ''; // a kernel without IPv6 has no udp6
  }
}
