import { TerraformOutput, TerraformResource, type TerraformStack, TerraformVariable, Testing } from 'cdktf';
import { Construct } from 'constructs';
import fc from 'fast-check';
import { Fabric, type FabricProps } from '../../lib/constructs/fabric';
import { Filter } from '../../lib/constructs/filter';
import { Node } from '../../lib/constructs/node';
import { GlobalPeer, NodePeer } from '../../lib/constructs/peer';
import { newStack, PACKAGE, refusal, synth } from './app';

const endpoint = (name: string) => `unix:///lab/${name}/agent.sock`;

/** The four examples that the project grew from, with construct ids of the caller's choosing. */
function theFour(stack: TerraformStack, id = (name: string) => name, more: Partial<FabricProps> = {}): Fabric {
  const fabric = new Fabric(stack, id('fabric'), { name: 'lab', asNumber: 67111, ...more });
  new Node(fabric, id('node'), {
    name: 'node1',
    endpoint: endpoint('node1'),
    ipv4Address: '10.0.0.1',
    ipv6Address: 'fd00:10::1',
  });
  new GlobalPeer(fabric, id('global'), { name: 'global', address: '192.20.30.40', asNumber: 67111 });
  new NodePeer(fabric, id('uplink'), { name: 'uplink', node: 'node1', address: 'aa:bb::ff', asNumber: 67111 });
  return fabric;
}

test('the four examples that the project grew from become one peerform_fabric', () => {
  const stack = newStack();
  theFour(stack, undefined, { nodeToNodeMesh: false });
  expect(synth(stack).resource.peerform_fabric).toEqual({
    lab: {
      name: 'lab',
      as_number: 67111,
      node_to_node_mesh: false,
      node: { node1: { endpoint: endpoint('node1'), ipv4_address: '10.0.0.1', ipv6_address: 'fd00:10::1' } },
      peer: {
        global: { address: '192.20.30.40', as_number: 67111 },
        uplink: { node: 'node1', address: 'aa:bb::ff', as_number: 67111 },
      },
    },
  });
});

test('nodes without an endpoint are reached through the etcd of the fleet, in its waves, too', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'fabric', { name: 'lab', fleet: { etcd: ['e1:2379', 'e2:2379'] } });
  new Node(fabric, 'n1', { name: 'n1', ipv4Address: '10.0.0.1' });
  new Node(fabric, 'n2', { name: 'n2', ipv4Address: '10.0.0.2', endpoint: endpoint('n2') });
  const { peerform_fabric: resource, peerform_wave: wave, peerform_commit: commit } = synth(stack).resource;
  expect(resource.lab).toMatchObject({
    fleet: { etcd: ['e1:2379', 'e2:2379'] },
    node: { n1: { ipv4_address: '10.0.0.1' }, n2: { endpoint: endpoint('n2') } },
  });
  const nodes = { n1: 'etcd://e1:2379,e2:2379/lab/n1', n2: endpoint('n2') };
  expect([wave.lab.nodes, commit.lab.nodes]).toEqual([nodes, nodes]);
});

test('the keys of a fleet can have another name than the fabric', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'fabric', { name: 'lab', fleet: { etcd: ['e1:2379'], prefix: 'old-lab' } });
  new Node(fabric, 'n1', { name: 'n1', ipv4Address: '10.0.0.1' });
  expect(synth(stack).resource.peerform_wave.lab.nodes).toEqual({ n1: 'etcd://e1:2379/old-lab/n1' });
});

test('a fabric is staged, then activated as one wave, then confirmed', () => {
  const stack = newStack();
  theFour(stack, undefined, { unreachable: ['node1'] });
  const { peerform_wave: wave, peerform_commit: commit } = synth(stack).resource;
  const step = {
    fabric: 'lab',
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Terraform's own references.
    release: '${peerform_fabric.lab.release}',
    activation: '${peerform_fabric.lab.activation}',
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: Terraform's own references.
    nodes: { node1: endpoint('node1') },
    unreachable: ['node1'],
  };
  expect(wave.lab).toEqual({ ...step, depends_on: ['peerform_fabric.lab'] });
  expect(commit.lab).toEqual({ ...step, depends_on: ['peerform_wave.lab'] });
});

test('leave to cut nodes off is said of the change, not of the network', () => {
  const stack = newStack();
  expect(theFour(stack, undefined, { allowDisruption: true }).spec).not.toHaveProperty('allowDisruption');
  expect(synth(stack).resource.peerform_fabric.lab).toMatchObject({ allow_disruption: true });
});

test('switching the mesh off changes one value', () => {
  const [on, off] = [true, false].map((nodeToNodeMesh) => {
    const stack = newStack();
    theFour(stack, undefined, { nodeToNodeMesh });
    return synth(stack);
  });
  on.resource.peerform_fabric.lab.node_to_node_mesh = false;
  expect(on).toEqual(off);
});

test('the stack asks for exactly the provider that it brings', () => {
  const stack = newStack();
  theFour(stack);
  const { required_providers } = synth(stack).terraform;
  expect(required_providers).toEqual({ peerform: { source: 'peerform/peerform', version: PACKAGE.version } });
});

test('dotted AS numbers become numbers, and nothing else is rewritten', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'f', { name: 'lab', asNumber: '1.1575', holdTime: 30 });
  new Node(fabric, 'n', {
    name: 'n1',
    endpoint: endpoint('n1'),
    asNumber: '65001',
    ipv6Address: 'FD00:0::1',
    workloadInterfaces: [],
  });
  new Filter(fabric, 'a', { name: 'a', import: [{ prefix: '10.1.0.0/8', le: 24, action: 'accept' }] });
  expect(synth(stack).resource.peerform_fabric.lab).toMatchObject({
    as_number: 67111,
    hold_time: 30,
    node: { n1: { as_number: 65001, ipv6_address: 'FD00:0::1', workload_interfaces: [] } },
    filter: { a: { import: [{ prefix: '10.1.0.0/8', le: 24, action: 'accept' }] } },
  });
});

test('construct ids and the depth at which constructs stand change nothing', () => {
  const reference = newStack();
  theFour(reference);
  const expected = synth(reference);
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9 _.-]{0,20}$/), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(ids, fc.boolean(), ([outer, ...rest], isNested) => {
      const stack = newStack();
      const names = ['fabric', 'node', 'global', 'uplink'];
      const scope = isNested ? (new Construct(stack, outer) as TerraformStack) : stack;
      theFour(scope, (name) => rest[names.indexOf(name)]);
      expect(synth(stack)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

test('members may stand anywhere within the fabric, and nowhere else', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'f', { name: 'lab' });
  const row = new Construct(new Construct(fabric, 'hall'), 'row');
  const node = new Node(row, 'n', { name: 'n1', endpoint: endpoint('n1'), ipv4Address: '10.0.0.1' });
  expect([node.fabric, Fabric.of(row)]).toEqual([fabric, fabric]);
  expect(Object.keys(synth(stack).resource.peerform_fabric.lab.node)).toEqual(['n1']);
  expect(() => new GlobalPeer(stack, 'p', { name: 'p', address: '10.0.0.9', asNumber: 1 })).toThrow(
    'stack is not inside a Fabric',
  );
});

test.each([
  ['lab', 'lab'],
  ['lab.eu-west', 'lab_eu-west'],
  ['1st', '_1st'],
])('a fabric named %s is %s in Terraform', (name, logicalId) => {
  const stack = newStack();
  new Fabric(stack, 'f', { name });
  const { resource } = synth(stack);
  expect(Object.values<object>(resource).flatMap(Object.keys)).toEqual([logicalId, logicalId, logicalId]);
});

test('two fabrics share a stack, unless Terraform could not tell them apart', () => {
  const stack = newStack();
  new Fabric(stack, 'a', { name: 'east.1' });
  new Fabric(stack, 'b', { name: 'west' });
  expect(Object.keys(synth(stack).resource.peerform_fabric)).toEqual(['east_1', 'west']);
  new Fabric(stack, 'c', { name: 'east_1' });
  expect(refusal(stack)).toEqual([
    '[stack/c] name: stack/a has the same name. Give each fabric of a stack a unique name.',
  ]);
});

test('release and activation can be used elsewhere in the stack, after the fleet runs them', () => {
  const stack = newStack();
  const fabric = theFour(stack);
  new TerraformOutput(stack, 'release', { value: fabric.release });
  const after = new TerraformResource(stack, 'check', { terraformResourceType: 'terraform_data', dependsOn: [fabric] });
  after.addOverride('input', fabric.activation);
  const { output, resource } = synth(stack);
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Terraform's own references.
  expect(output.release.value).toBe('${peerform_fabric.lab.release}');
  expect(resource.terraform_data.check).toEqual({
    depends_on: ['peerform_commit.lab'],
    input: '${peerform_fabric.lab.activation}',
  });
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: Terraform's own references.
});

test('HCL output is refused, as it would leave the topology out', () => {
  const stack = newStack();
  theFour(stack);
  expect(() => Testing.synthHcl(stack)).toThrow('only as cdk.tf.json');
});

test('secrets are variables of Terraform; one that stands in the program is refused and not repeated', () => {
  const stack = newStack();
  const key = new TerraformVariable(stack, 'key', { sensitive: true });
  new Fabric(stack, 'fabric', { name: 'lab', secrets: { tor: key.stringValue }, secretsVersion: 2 });
  const { lab } = synth(stack).resource.peerform_fabric;
  expect([lab.secrets_wo.tor, lab.secrets_version]).toEqual([expect.stringContaining('var.key'), 2]);
  const literal = newStack();
  new Fabric(literal, 'fabric', { name: 'lab', secrets: { tor: 'hunter2' } });
  const said = refusal(literal).join();
  expect(said).toContain('secrets.tor: the secret is hard-coded in the program');
  expect(said).not.toContain('hunter2');
});
