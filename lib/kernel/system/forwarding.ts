import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressFamily } from '../../model/address';

/** The sysctl that enables forwarding. */
const SETTING: Record<AddressFamily, string> = { ipv4: 'net.ipv4.ip_forward', ipv6: 'net.ipv6.conf.all.forwarding' };
const NAME: Record<AddressFamily, string> = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** Flag of a route in /proc/net/ipv6_route: it has a lifetime. */
const RTF_EXPIRES = 0x00400000;

/**
 * Why this machine does not forward packets of a family, and what to do; undefined if it does, or if that cannot be
 * determined. A machine with a default route from router advertisements loses it as soon as forwarding is enabled, and
 * ignores further ones, unless `accept_ra=2` is set first. That does not apply to the links of sessions without
 * addresses, whose neighbours must not become default routers. `proc`: path of the proc file system.
 */
export function notForwarding(
  family: AddressFamily,
  isUnnumbered: (link: string) => boolean = () => false,
  proc = '/proc',
): string | undefined {
  const setting = SETTING[family];
  if (read(proc, `sys/${setting.replaceAll('.', '/')}`) !== '0') return undefined;
  const links =
    family === 'ipv6' ? advertisedLinks(read(proc, 'net/ipv6_route') ?? '').filter((link) => !isUnnumbered(link)) : [];
  const acceptRa = new Map(links.map((link) => [link, read(proc, `sys/net/ipv6/conf/${link}/accept_ra`)]));
  const withValue = (value: string) => links.filter((link) => acceptRa.get(link) === value);
  // With slashes, as sysctl(8) writes names that contain dots. With 0 a service, not the kernel, handles router
  // advertisements.
  const kept = withValue('1').map((link) => `sysctl -w net/ipv6/conf/${link}/accept_ra=2`);
  const managed = withValue('0');
  const first = managed.length === 0 ? [] : [`IPv6AcceptRA=yes where systemd-networkd has ${managed.join(', ')}`];
  const steps = [...first, ...kept];
  const why =
    steps.length === 0 ? '' : ` (the default route comes from router advertisements, and would otherwise be lost)`;
  const advice = [...steps, `sysctl -w ${setting}=1`].join(', then ');
  return `does not forward ${NAME[family]} packets (${setting} is 0): traffic to workloads, or through this node, is dropped; ${advice}${why}`;
}

/** The links with a default route that has a lifetime, and so came from a router advertisement. */
export function advertisedLinks(routes: string): string[] {
  const rows = routes.split('\n').map((line) => line.trim().split(/\s+/));
  const links = rows.flatMap(([destination, length, , , , , , , flags, link]) =>
    /^0{32}$/.test(destination) && length === '00' && (Number.parseInt(flags, 16) & RTF_EXPIRES) !== 0 ? [link] : [],
  );
  return [...new Set(links)];
}

function read(proc: string, path: string): string | undefined {
  try {
    return readFileSync(join(proc, path), 'latin1').trim();
  } catch {
    return undefined;
  }
}
