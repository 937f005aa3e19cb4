import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { advertisedLinks, notForwarding } from '../../../lib/kernel/system/forwarding';

const ZERO = '0'.repeat(32);
/** A line of /proc/net/ipv6_route: a default route over eth0. */
const route = (flags: string, link = 'eth0') =>
  `${ZERO} 00 ${ZERO} 00 fe80000000000000900b0cfffed94e47 00000400 00000001 00000000 ${flags} ${link.padStart(8)}\n`;
/**
 * As Linux 6.1 shows one that a router has advertised, one that systemd-networkd wrote for such, and one that somebody
 * wrote by hand.
 */
const ADVERTISED = '00450003';
const MANAGED = '00400003';
const STATIC = '00000003';

let proc: string;
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(proc, path)), { recursive: true });
  writeFileSync(join(proc, path), text);
};
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'peerform-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true }));

/** What is said of IPv6 on a machine with these settings. */
const said = (forwarding: 0 | 1, routes: string, acceptRa: Record<string, number>, unnumbered?: string) => {
  put('sys/net/ipv6/conf/all/forwarding', `${forwarding}\n`);
  put('net/ipv6_route', routes);
  for (const [link, value] of Object.entries(acceptRa)) put(`sys/net/ipv6/conf/${link}/accept_ra`, `${value}\n`);
  return notForwarding('ipv6', (link) => link === unnumbered, proc);
};

describe('forwarding of a machine', () => {
  test('is on, or is said how to be switched on', () => {
    put('sys/net/ipv4/ip_forward', '1\n');
    expect(notForwarding('ipv4', undefined, proc)).toBeUndefined();
    put('sys/net/ipv4/ip_forward', '0\n');
    expect(notForwarding('ipv4', undefined, proc)).toMatch(
      /does not forward IPv4 packets.*; sysctl -w net\.ipv4\.ip_forward=1$/,
    );
    expect(said(0, route(STATIC), { eth0: 1 })).toMatch(/dropped; sysctl -w net\.ipv6\.conf\.all\.forwarding=1$/);
    expect(said(1, route(ADVERTISED), { eth0: 1 })).toBeUndefined();
  });

  test('takes no default route away from a machine that lives by router advertisements: what keeps it comes first', () => {
    expect(said(0, route(ADVERTISED) + route(ADVERTISED, 'br0.7'), { eth0: 1, 'br0.7': 1 })).toMatch(
      /; sysctl -w net\/ipv6\/conf\/eth0\/accept_ra=2, then sysctl -w net\/ipv6\/conf\/br0\.7\/accept_ra=2, then sysctl -w net\.ipv6\.conf\.all\.forwarding=1 \(the default route/,
    );
    expect(said(0, route(ADVERTISED), { eth0: 2 })).toMatch(/dropped; sysctl -w net\.ipv6\.conf\.all\.forwarding=1$/);
    expect(said(0, route(MANAGED), { eth0: 0 })).toMatch(
      /; IPv6AcceptRA=yes where systemd-networkd has eth0, then sysctl -w net\.ipv6/,
    );
  });

  test('is no reason to accept advertisements on a link without addresses: its neighbour is no default router', () => {
    const both = route(ADVERTISED, 'eth1') + route(ADVERTISED);
    expect(said(0, both, { eth0: 1, eth1: 1 }, 'eth1')).toMatch(
      /; sysctl -w net\/ipv6\/conf\/eth0\/accept_ra=2, then sysctl -w net\.ipv6\.conf\.all/,
    );
    expect(said(0, route(ADVERTISED, 'eth1'), { eth1: 1 }, 'eth1')).toMatch(
      /dropped; sysctl -w net\.ipv6\.conf\.all\.\S+=1$/,
    );
  });

  test('is not judged where the kernel has no such family', () => {
    expect(notForwarding('ipv6', undefined, proc)).toBeUndefined();
  });
});

test('links with an advertised default route are named once, and no other route counts', () => {
  const other = `20010db8${'0'.repeat(24)} 40 ${ZERO} 00 ${ZERO} 00000100 00000001 00000000 ${ADVERTISED}     eth1\n`;
  expect(advertisedLinks(route(ADVERTISED) + route(MANAGED) + route(STATIC, 'eth2') + other)).toEqual(['eth0']);
  expect(advertisedLinks('')).toEqual([]);
});
