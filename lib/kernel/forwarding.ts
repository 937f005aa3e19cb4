import { readFileSync } from 'node:fs';
import type { AddressFamily } from '../model/address';

/** The setting that has this machine pass on packets of others. */
const SETTING: Record<AddressFamily, string> = { ipv4: 'net.ipv4.ip_forward', ipv6: 'net.ipv6.conf.all.forwarding' };
const NAME: Record<AddressFamily, string> = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** Why this machine passes on no packets of a family; undefined: it does, or nobody can tell. */
export function notForwarding(family: AddressFamily): string | undefined {
  const setting = SETTING[family];
  try {
    if (readFileSync(`/proc/sys/${setting.replaceAll('.', '/')}`, 'latin1').trim() !== '0') return undefined;
  } catch {
    return undefined;
  }
  return `forwards no ${NAME[family]} packets (${setting} is 0): what is for workloads, or passes through this node, is dropped; sysctl -w ${setting}=1`;
}
