import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { birdConf } from '../../lib/lab/birdconf';
import { planLab } from '../../lib/lab/plan';
import { SAMPLE } from '../../lib/lab/sample';
import { standInFabric } from '../../lib/lab/stand-in';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { sessionsOf } from '../../lib/topology/derive';

const planOf = (spec: FabricSpec) => planLab(readFabric(spec).fabric!);
const EVERYTHING: FabricSpec = {
  ...SAMPLE,
  nodes: {
    ...SAMPLE.nodes,
    'rack.1-a': { ipv4Address: '10.9.0.1', asNumber: 65010 },
    'rack-1.a': { ipv6Address: 'fd09::1' },
  },
  peers: {
    both: { address: '192.20.30.40', asNumber: '1.1575', families: ['ipv4', 'ipv6'], port: 1179, holdTime: 30 },
    six: { node: 'node1', address: 'aa:bb::ff', asNumber: 65099 },
    node2: { node: 'node1', address: '10.0.0.2', asNumber: 67111 },
  },
  nodeToNodeMesh: false,
};
const isInstalled = spawnSync('bird', ['--version']).status === 0;

describe('the configuration of a BIRD that stands for the outside', () => {
  test('has both ends of every session as the node has them', () => {
    const plan = planOf(EVERYTHING);
    const conf = birdConf(plan, plan.machines.find(({ name }) => name === 'tor1')!);
    expect(conf).toContain('local 192.20.30.40 port 1179 as 67111;\n  neighbor 10.9.0.1 port 179 as 65010;');
    expect(conf).toContain('hold time 30;');
    expect(conf).toContain('protocol bgp n4_rack_1_a {');
  });

  test('takes its next hop for a family that is not the one of the session from the machine', () => {
    const plan = planOf(EVERYTHING);
    const conf = birdConf(plan, plan.machines.find(({ name }) => name === 'tor1')!);
    expect(conf).toMatch(/ipv6 { .* next hop address 2001:2::1; /);
    expect(conf).toMatch(/ipv4 { .* next hop self; /);
  });

  test('announces the host behind it and what it learned by BGP, and not the routes of the wiring', () => {
    const plan = planOf(SAMPLE),
      conf = birdConf(plan, plan.machines[3]);
    expect(conf).toContain('protocol static outside_ipv4 {\n  ipv4;\n  route 203.0.113.1/32 via "lan1";\n}');
    expect(conf).toContain('route fd00:10::3/128 via "eth0";');
    expect(conf.match(/export where proto = "outside_ipv6" \|\| source = RTS_BGP;/g)).toHaveLength(3);
  });

  (isInstalled ? test : test.skip)('is one that BIRD reads', () => {
    const folder = mkdtempSync(join(tmpdir(), 'birdconf-'));
    for (const spec of [SAMPLE, EVERYTHING]) {
      const plan = planOf(spec);
      for (const machine of plan.machines.filter(({ kind }) => kind === 'outside')) {
        const path = join(folder, 'bird.conf');
        writeFileSync(path, birdConf(plan, machine));
        const { stderr, status } = spawnSync('bird', ['-p', '-c', path], { encoding: 'utf8' });
        expect([status, stderr]).toEqual([0, '']);
      }
    }
    rmSync(folder, { recursive: true });
  });
});

describe('the fabric of an agent that stands for the outside', () => {
  test.each([
    ['the sample', SAMPLE],
    ['one of every kind', EVERYTHING],
  ])('is valid and mirrors the sessions of the nodes, for %s', (_, spec) => {
    for (const machine of planOf(spec).machines.filter(({ kind }) => kind === 'outside')) {
      const { fabric, problems } = readFabric(standInFabric(machine));
      expect(problems.map(String)).toEqual([]);
      const mirrored = sessionsOf(fabric!, machine.name).map((s) => [
        String(s.localAddress),
        String(s.remoteAddress),
        s.families,
      ]);
      expect(mirrored).toEqual(
        machine.sessions.map((s) => [String(s.localAddress), String(s.remoteAddress), s.families]),
      );
    }
  });

  test('lets everything in and out, also where the neighbour has another AS number', () => {
    const [machine] = planOf(EVERYTHING).machines.filter(({ kind }) => kind === 'outside');
    const fabric = readFabric(standInFabric(machine)).fabric!;
    for (const { importPolicy, exportPolicy } of sessionsOf(fabric, machine.name))
      expect([importPolicy, exportPolicy].map(({ rules }) => rules.map(({ action }) => action))).toEqual([
        ['accept'],
        ['accept'],
      ]);
  });
});
