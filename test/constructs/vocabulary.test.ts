import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack, Testing } from 'cdktf';
import { Allocations } from '../../lib/constructs/allocations';
import { CalicoManifest } from '../../lib/constructs/calico-manifest';
import { Fabric } from '../../lib/constructs/fabric';
import { Node } from '../../lib/constructs/node';
import { PeerGroup } from '../../lib/constructs/peer';
import { Rack } from '../../lib/constructs/rack';
import { RouteReflectors } from '../../lib/constructs/route-reflectors';
import { written as annotated, newStack, refusal, synth } from './app';

const LOCK_FILE = 'peerform.lock.json';

const before = { folder: process.cwd(), ci: process.env.CI };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-project-'));
  writeFileSync(join(folder, 'cdktf.json'), '{}');
  process.chdir(folder);
  delete process.env.CI;
});
afterEach(() => {
  process.chdir(before.folder);
  if (before.ci !== undefined) process.env.CI = before.ci;
  rmSync(folder, { recursive: true });
});

function newFabric(nodes: Record<string, object> = { n1: {}, n2: {}, n3: {} }) {
  const stack = newStack();
  const fabric = new Fabric(stack, 'fabric', { name: 'lab' });
  Object.entries(nodes).forEach(([name, more], i) => {
    new Node(fabric, `node-${name}`, { name, endpoint: `unix:///${name}`, ipv4Address: `10.0.0.${i + 1}`, ...more });
  });
  return { stack, fabric };
}
const written = (stack: ReturnType<typeof newStack>) => synth(stack).resource.peerform_fabric.lab;
const range = { from: 65001, to: 65003 };
const lock = () => JSON.parse(readFileSync(join(folder, LOCK_FILE), 'utf8'));

test('route reflectors, racks and groups of peers stand in their maps of the fabric', () => {
  const { stack, fabric } = newFabric({ n1: {}, n2: {}, n3: { rack: 'a', labels: { role: 'edge' } } });
  new RouteReflectors(fabric, 'rr', { name: 'main', reflectors: ['n1', 'n2'] });
  new Rack(fabric, 'rack', { name: 'a', asNumber: '1.1', topOfRack: [{ ipv4Address: '10.0.1.1', asNumber: 65100 }] });
  new PeerGroup(fabric, 'group', {
    name: 'edge',
    nodeSelector: "role == 'edge'",
    address: '192.0.2.1',
    asNumber: 64512,
  });
  expect(written(stack)).toMatchObject({
    route_reflector: { main: { reflectors: ['n1', 'n2'] } },
    rack: { a: { as_number: 65537, top_of_rack: [{ ipv4_address: '10.0.1.1', as_number: 65100 }] } },
    peer: { edge: { node_selector: "role == 'edge'" } },
    node: { n3: { rack: 'a', labels: { role: 'edge' } } },
  });
});

test('names that every object of JavaScript has something by are names like others', () => {
  const names = ['constructor', 'toString', 'valueOf'];
  const { stack, fabric } = newFabric(
    Object.fromEntries(names.map((name) => [name, { rack: name, labels: { [name]: 'x' } }])),
  );
  for (const name of names) new Rack(fabric, `rack-${name}`, { name, asNumberRange: range });
  new RouteReflectors(fabric, 'rr', { name: 'hasOwnProperty', reflectors: ['toString'] });
  const { node, rack, route_reflector } = written(stack);
  expect(Object.entries(node).map(([name, it]) => [name, (it as { rack: string }).rack])).toEqual(
    names.map((name) => [name, name]),
  );
  expect(rack).toEqual(Object.fromEntries(names.map((name, i) => [name, { as_number: 65001 + i }])));
  expect(Object.keys(route_reflector)).toEqual(['hasOwnProperty']);
});

test('a problem of a rack or of reflectors is told at its construct', () => {
  const { stack, fabric } = newFabric();
  new RouteReflectors(fabric, 'rr', { name: 'main', reflectors: ['n9'] });
  new Rack(fabric, 'rack', { name: 'a', asNumber: 65001, topOfRack: [{ ipv4Address: '10.0.1.1', filters: ['x'] }] });
  const told = refusal(stack).join('\n');
  expect(told).toContain('fabric/rr] routeReflectors.main.reflectors[0]: there is no node n9');
  expect(told).toContain('fabric/rack] racks.a.topOfRack[0].filters[0]: there is no filter x');
});

describe('AS numbers of racks', () => {
  const fabricOf = (stack: TerraformStack, ...names: string[]) => {
    const fabric = new Fabric(stack, 'fabric', { name: 'lab' });
    new Node(fabric, 'n1', { name: 'n1', endpoint: 'unix:///n1', ipv4Address: '10.0.0.1' });
    for (const name of names) new Rack(fabric, name, { name, asNumberRange: range });
    return fabric;
  };
  const numbersOf = (stack: TerraformStack) =>
    Object.fromEntries(
      Object.entries(written(stack).rack).map(([name, rack]) => [name, (rack as { as_number: number }).as_number]),
    );
  /** The numbers of an app that is written as `cdktf synth` does. */
  const racks = (...names: string[]) => {
    const app = new App({ outdir: join(folder, 'cdktf.out') });
    const stack = new TerraformStack(app, 'stack');
    fabricOf(stack, ...names);
    app.synth();
    return numbersOf(stack);
  };
  const hasLock = () => existsSync(join(folder, LOCK_FILE));

  test('are taken from the range and stay, whatever racks come and go', () => {
    expect(racks('b', 'a')).toEqual({ b: 65001, a: 65002 });
    expect(racks('a', 'c')).toEqual({ a: 65002, c: 65003 });
    expect(racks('c', 'b', 'a')).toEqual({ b: 65001, a: 65002, c: 65003 });
    expect(lock()).toEqual({ fabrics: { lab: { racks: { b: 65001, a: 65002, c: 65003 } } } });
  });

  test('are the same in unit tests, which write nothing, whichever way they are written, in CI too', () => {
    racks('a');
    const before = readFileSync(join(folder, LOCK_FILE), 'utf8');
    process.env.CI = 'true';
    for (const app of [Testing.app(), new App({ outdir: join(folder, 'cdktf.out') })]) {
      const stack = new TerraformStack(app, 'stack');
      fabricOf(stack, 'b', 'a');
      expect(numbersOf(stack)).toEqual({ b: 65002, a: 65001 });
      rmSync(Testing.fullSynth(stack), { recursive: true });
    }
    const stack = newStack();
    fabricOf(stack, 'b');
    App.of(stack).synth();
    expect(readFileSync(join(folder, LOCK_FILE), 'utf8')).toBe(before);
  });

  test('of a program that is refused are not allocated', () => {
    const app = new App({ outdir: join(folder, 'cdktf.out') });
    const stack = new TerraformStack(app, 'stack');
    new Node(fabricOf(stack, 'a'), 'n2', { name: 'n2', endpoint: 'unix:///n2', ipv4Address: 'x' });
    expect(() => app.synth()).toThrow('is not a valid IPv4 or IPv6 address');
    expect(hasLock()).toBe(false);
  });

  test('are none that somebody of the fabric has already', () => {
    const { stack, fabric } = newFabric();
    new Rack(fabric, 'w', { name: 'w', asNumber: 65001 });
    new Rack(fabric, 'a', {
      name: 'a',
      asNumberRange: range,
      topOfRack: [{ ipv4Address: '192.0.2.1', asNumber: 65002 }],
    });
    expect(written(stack).rack.a.as_number).toBe(65003);
  });

  test('of two branches that were joined are told apart by hand', () => {
    writeFileSync(join(folder, LOCK_FILE), JSON.stringify({ fabrics: { lab: { racks: { a: 65001, b: 65001 } } } }));
    expect(() => racks('a')).toThrow(/AS number 65001, which rack b also has/);
  });

  test('come from a range, the lesser number first', () => {
    const { fabric } = newFabric();
    expect(() => new Rack(fabric, 'a', { name: 'a', asNumberRange: { from: 9, to: 5 } })).toThrow(
      'Rack a: asNumberRange: 9 to 5 is not a valid range',
    );
    expect(() => new Rack(fabric, 'a', { name: 'a', asNumberRange: { from: 0, to: 5 } })).toThrow(
      'Rack a: asNumberRange: AS number 0',
    );
  });

  test('are found from a folder within the project', () => {
    const allocations = Allocations.ofProject(join(folder, 'deep/er'));
    expect(allocations.asNumberOf('lab', 'a', range)).toBe(65001);
    expect(hasLock()).toBe(false);
    allocations.keep();
    expect(lock().fabrics.lab.racks).toEqual({ a: 65001 });
  });

  test('are not allocated in CI, where nobody would commit them', () => {
    racks('a');
    process.env.CI = 'true';
    expect(racks('a')).toEqual({ a: 65001 });
    expect(() => racks('a', 'b')).toThrow('has no AS number for it, and with CI=true no number is allocated');
    expect(lock().fabrics.lab.racks).toEqual({ a: 65001 });
  });

  test('end with the range, and a file that was changed by hand is not rewritten', () => {
    expect(() => racks('a', 'b', 'c', 'd')).toThrow('every AS number from 65001 to 65003 is in use');
    expect(hasLock()).toBe(false);
    writeFileSync(join(folder, LOCK_FILE), JSON.stringify({ fabrics: { lab: { racks: { a: 7 } } } }));
    expect(() => racks('a')).toThrow('gives it AS number 7, which is not between 65001 and 65003');
    writeFileSync(join(folder, LOCK_FILE), '{');
    expect(() => racks('a')).toThrow('is not valid JSON');
    writeFileSync(join(folder, LOCK_FILE), '[]');
    expect(() => racks('a')).toThrow('holds no allocations');
    expect(readFileSync(join(folder, LOCK_FILE), 'utf8')).toBe('[]');
  });

  test('that are written need no file', () => {
    const { stack, fabric } = newFabric();
    new Rack(fabric, 'a', { name: 'a', asNumber: 65009 });
    expect(written(stack).rack.a.as_number).toBe(65009);
    expect(hasLock()).toBe(false);
  });
});

describe('manifests of Calico', () => {
  const manifest = `
kind: bgpPeer
apiVersion: v1
metadata: {scope: global, peerIP: 192.20.30.40}
spec: {asNumber: 64567}
---
kind: node
apiVersion: v1
metadata: {name: node1}
spec: {bgp: {ipv4Address: 10.0.0.1/24}}
`;
  test('are loaded as they are', () => {
    writeFileSync(join(folder, 'calico.yaml'), manifest);
    const stack = newStack();
    const calico = new CalicoManifest(stack, 'calico', {
      name: 'lab',
      files: ['calico.yaml'],
      endpoint: (node) => `ssh://root@${node}`,
    });
    expect(calico.fabric.name).toBe('lab');
    expect(written(stack)).toMatchObject({
      node: { node1: { ipv4_address: '10.0.0.1', endpoint: 'ssh://root@node1' } },
      peer: { '192-20-30-40': { address: '192.20.30.40', as_number: 64567 } },
    });
  });

  test('tell what the fabric leaves out of them, and what is to be provided, as warnings', () => {
    const more = 'password: {secretKeyRef: {name: s, key: k}}';
    writeFileSync(
      join(folder, 'calico.yaml'),
      `apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: p}\nspec: {peerIP: 192.0.2.1, asNumber: 1, sourceAddress: None, ${more}}`,
    );
    const stack = newStack();
    new CalicoManifest(stack, 'calico', { files: ['calico.yaml'], endpoint: () => 'unix:///a' });
    expect(annotated(stack).annotations.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^BGPPeer\/p spec.sourceAddress was not carried over: /),
        expect.stringMatching(/^BGPPeer\/p spec.password: write it to /),
      ]),
    );
  });

  test('that are not in order are refused with all that is wrong', () => {
    writeFileSync(join(folder, 'calico.yaml'), manifest.replace('192.20.30.40', 'nowhere'));
    expect(
      () => new CalicoManifest(newStack(), 'calico', { files: ['calico.yaml'], endpoint: () => 'unix:///a' }),
    ).toThrow('the manifests have problems');
  });
});
