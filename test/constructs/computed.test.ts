// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform's own references.
import { Fn, TerraformVariable } from 'cdktf';
import { Fabric } from '../../lib/constructs/fabric';
import { Filter } from '../../lib/constructs/filter';
import { Node } from '../../lib/constructs/node';
import { GlobalPeer, NodePeer } from '../../lib/constructs/peer';
import { newStack, refusal, synth, written } from './app';

test('values that Terraform computes reach it as expressions, and are no problem at synth', () => {
  const stack = newStack();
  const variable = (name: string) => new TerraformVariable(stack, name, {});
  const fabric = new Fabric(stack, 'f', {
    name: 'lab',
    asNumber: variable('as').numberValue,
    nodeToNodeMesh: variable('mesh').booleanValue,
    unreachable: variable('absent').listValue,
  });
  new Node(fabric, 'n', {
    name: 'n1',
    endpoint: `unix://${variable('folder').stringValue}/agent.sock`,
    ipv4Address: '${terraform_data.vm.output}',
    workloadInterfaces: variable('interfaces').listValue,
  });
  new Filter(fabric, 'a', { name: 'a', export: [{ prefix: Fn.cidrsubnet('10.0.0.0/8', 8, 1), action: 'accept' }] });
  const { peerform_fabric, peerform_wave } = synth(stack).resource;
  expect(peerform_fabric.lab).toEqual({
    name: 'lab',
    as_number: '${var.as}',
    node_to_node_mesh: '${var.mesh}',
    unreachable: '${var.absent}',
    node: {
      n1: {
        endpoint: 'unix://${var.folder}/agent.sock',
        ipv4_address: '${terraform_data.vm.output}',
        workload_interfaces: '${var.interfaces}',
      },
    },
    filter: { a: { export: [{ prefix: '${cidrsubnet("10.0.0.0/8", 8, 1)}', action: 'accept' }] } },
  });
  expect(peerform_wave.lab.nodes).toEqual({ n1: 'unix://${var.folder}/agent.sock' });
});

test('what is known is checked where a part is computed', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'f', { name: 'lab', asNumber: '${var.as}' });
  new NodePeer(fabric, 'p', { name: 'p', node: 'absent', address: '${var.address}', asNumber: '70000000000' });
  expect(refusal(stack).map((line) => line.split(': ')[0])).toEqual([
    '[stack/f/p] peers.p.asNumber',
    '[stack/f/p] peers.p.node',
  ]);
});

test('a name is never computed', () => {
  const stack = newStack();
  const name = new TerraformVariable(stack, 'name', {}).stringValue;
  new GlobalPeer(new Fabric(stack, 'f', { name }), 'p', { name: '${var.peer}', address: '10.0.0.9', asNumber: 1 });
  expect(refusal(stack).filter((line) => line.includes('a name is an identity'))).toHaveLength(2);
});

test('a fabric that is partly computed is written without a guess at its neighbours', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'f', { name: 'lab', asNumber: '${var.as}' });
  new GlobalPeer(fabric, 'p', { name: 'p', address: '10.0.0.9', asNumber: 1 });
  expect(written(stack).annotations).toEqual([]);
});
