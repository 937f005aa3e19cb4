/*
 * How long the RIB takes for a route and how much memory it needs, without sockets:
 * `npx esbuild bench/rib/rib.ts --bundle --platform=node --outfile=FILE && node --expose-gc FILE [prefixes]`.
 */

import { spawnSync } from 'node:child_process';
import { readSync } from 'node:fs';
import { Rib, type RibPeer } from '../../lib/bgp/rib/rib';
import type { WireContext } from '../../lib/bgp/wire/context';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';
import { feed } from '../table/feed';
import { firstOf, prefixes } from '../table/prefixes';

const COUNT = Number(process.argv[2] ?? 1_000_000);
const CHUNK = 65536;
const ip = (text: string) => sure(IpAddress.parse(text));
const gc = (globalThis as { gc?: () => void }).gc ?? (() => {});

function peer(n: number, peerAs: number): RibPeer {
  return {
    name: `peer${n}`,
    address: ip(`198.51.100.${n}`),
    localAddress: ip('198.51.100.254'),
    localAddresses: { ipv4: ip('198.51.100.254') },
    localAs: 64512,
    peerAs,
    inside: true,
    nextHop: 'auto',
    routeReflectorClient: false,
    allowOwnAs: 0,
  };
}

function context(of: RibPeer): WireContext & { peerRouterId: number } {
  return {
    session: of.localAs === of.peerAs ? 'ibgp' : 'ebgp',
    as4: true,
    addPathReceive: new Set(),
    addPathSend: new Set(),
    extendedMessage: false,
    localAs: of.localAs,
    peerAs: of.peerAs,
    families: new Set(['ipv4 unicast']),
    extendedNextHop: new Set(),
    peerRouterId: of.address.bytes[3],
  };
}

/** Runs `work`; prints the processor time it took, which other processes of the machine disturb less than the clock. */
function measure<T>(what: string, work: () => T, per = COUNT): T {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  const ms = (user + system) / 1000;
  console.log(
    `${what.padEnd(44)} ${ms.toFixed(0).padStart(6)} ms ${((ms * 1e6) / per).toFixed(0).padStart(6)} ns/prefix`,
  );
  return result;
}

/** Gives a stream of messages to the RIB; the longest pause of all, in milliseconds. */
function give(rib: Rib, id: number, stream: Uint8Array): number {
  let longest = 0n;
  for (let at = 0; at < stream.length; ) {
    const start = process.hrtime.bigint();
    const stop = Math.min(stream.length, at + CHUNK);
    while (at < stop) {
      const length = (stream[at + 16] << 8) | stream[at + 17];
      rib.update(id, stream, at + 19, at + length);
      at += length;
    }
    const took = process.hrtime.bigint() - start;
    if (took > longest) longest = took;
  }
  return Number(longest) / 1e6;
}

function drain(rib: Rib, id: number): number {
  let octets = 0;
  for (let bytes = rib.takeOutput(id, CHUNK); bytes; bytes = rib.takeOutput(id, CHUNK)) octets += bytes.length;
  return octets;
}

/**
 * Reads a feed from standard input into a RIB; prints the memory that it took: in a process of its own, which made no
 * feed.
 */
function measureMemory(): void {
  const rib = new Rib({ routerId: 1 });
  const of = peer(1, 65001);
  const id = rib.addPeer(of);
  rib.peerUp(id, context(of));
  const buffer = new Uint8Array(4 * CHUNK);
  gc();
  const before = process.memoryUsage().rss;
  for (let filled = 0; ; ) {
    const got = readSync(0, buffer, filled, buffer.length - filled, null);
    if (got === 0) break;
    filled += got;
    let at = 0;
    for (; at + 19 <= filled; ) {
      const length = (buffer[at + 16] << 8) | buffer[at + 17];
      if (at + length > filled) break;
      rib.update(id, buffer, at + 19, at + length);
      at += length;
    }
    buffer.copyWithin(0, at, filled);
    filled -= at;
  }
  gc();
  const { rss } = process.memoryUsage();
  console.log(`memory ${((rss - before) / COUNT).toFixed(0)} bytes/prefix, process ${(rss / 1e6).toFixed(0)} MB`);
}

if (process.argv[3] === 'memory') {
  measureMemory();
  process.exit(0);
}

const table = prefixes(COUNT);
const peers = [peer(1, 65001), peer(2, 65002), peer(3, 65003), peer(4, 65004)];
const contexts = peers.map(context);
const mirrors = contexts.map((of) => ({ ...of, localAs: of.peerAs, peerAs: of.localAs }));
const nextHop = Uint8Array.of(192, 0, 2, 1);
const feeds = [0, 1].map((n) => feed(table, mirrors[n], { nextHop, seed: 2 + n }).bytes);
const churn = feed(firstOf(table, Math.floor(COUNT / 10)), mirrors[0], { nextHop, seed: 9 }).bytes;
console.log(`${COUNT} prefixes, ${(feeds[0].length / 1e6).toFixed(1)} MB a feed`);

spawnSync(process.execPath, ['--expose-gc', process.argv[1], String(COUNT), 'memory'], {
  input: feeds[0],
  stdio: ['pipe', 'inherit', 'inherit'],
});
for (let round = 0; round < 2; round++) {
  gc();
  const rib = new Rib({ routerId: 1, hashKey: [12345, 67890] });
  const ids = peers.map((of) => rib.addPeer(of));
  for (const n of [0, 1, 3]) rib.peerUp(ids[n], contexts[n]);
  for (const n of [0, 1, 3]) drain(rib, ids[n]);
  const pause = measure('first feed in', () => give(rib, ids[0], feeds[0]));
  console.log(`  ${JSON.stringify(rib.view.size)}, longest pause for 64 KB ${pause.toFixed(1)} ms`);
  measure('changes taken (as by the kernel)', () => {
    while (rib.takeChange());
  });
  const out = measure('out to a peer that is up (by changes)', () => drain(rib, ids[3]));
  console.log(`  ${(out / 1e6).toFixed(1)} MB`);
  drain(rib, ids[0]);
  drain(rib, ids[1]);
  rib.peerUp(ids[2], contexts[2]);
  measure('out to a peer that comes up (whole table)', () => drain(rib, ids[2]));
  measure('10 % of the prefixes another path', () => give(rib, ids[0], churn), COUNT / 10);
  measure('  out to the peer', () => drain(rib, ids[3]), COUNT / 10);
  measure('second feed in', () => give(rib, ids[1], feeds[1]));
  measure('  out to the peer', () => drain(rib, ids[3]));
  measure('second peer down', () => rib.peerDown(ids[1], { retain: false }));
  measure('  out to the peer', () => drain(rib, ids[3]));
  measure('first peer down', () => rib.peerDown(ids[0], { retain: false }));
  measure('  withdrawn from the peer', () => drain(rib, ids[3]));
  drain(rib, ids[2]);
  while (rib.takeChange());
  console.log(`  left: ${JSON.stringify(rib.view.size)}`);
}
