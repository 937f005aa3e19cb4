import 'cdktf/lib/testing/adapters/jest';
import { type TerraformStack, Testing } from 'cdktf';
import { Fabric } from '../../lib/constructs/fabric';
import { Node } from '../../lib/constructs/node';
import { GlobalPeer } from '../../lib/constructs/peer';
import { Rollout } from '../../lib/constructs/rollout';
import { newStack, synth } from './app';

Testing.setupJest();

/** Two nodes with a neighbour. */
function fabricIn(stack: TerraformStack, preventDestroy?: boolean): Fabric {
  const fabric = new Fabric(stack, 'fabric', { name: 'lab', asNumber: 67111, preventDestroy });
  for (const name of ['n1', 'n2'])
    new Node(fabric, name, { name, endpoint: `unix:///${name}`, ipv4Address: `10.0.0.${name.slice(1)}` });
  new GlobalPeer(fabric, 'tor', { name: 'tor', address: '192.0.2.1', asNumber: 65000 });
  return fabric;
}

test("the matchers of cdktf's Testing find a fabric and its waves, with properties", () => {
  const stack = newStack();
  new Rollout(fabricIn(stack), 'rollout', { waves: [{ name: 'canary', nodes: ['n1'] }] });
  const text = Testing.synth(stack, true);
  expect(text).toHaveResource(Fabric);
  expect(text).toHaveResource(Rollout);
  expect(text).toHaveResourceWithProperties(Fabric, {
    as_number: 67111,
    node: expect.objectContaining({ n1: { endpoint: 'unix:///n1', ipv4_address: '10.0.0.1' } }),
    peer: { tor: { address: '192.0.2.1', as_number: 65000 } },
  });
  expect(text).toHaveResourceWithProperties(Rollout, { nodes: { n1: 'unix:///n1' } });
  expect(text).not.toHaveResourceWithProperties(Fabric, { as_number: 64512 });
  const empty = Testing.synthScope(() => {});
  expect(empty).not.toHaveResource(Fabric);
});

test('a fabric may not be destroyed where that is said, and nothing is said of it otherwise', () => {
  const lifecycles = [true, false, undefined].map((preventDestroy) => {
    const stack = newStack();
    fabricIn(stack, preventDestroy);
    const { peerform_fabric, peerform_wave, peerform_commit } = synth(stack).resource;
    expect([peerform_wave.lab.lifecycle, peerform_commit.lab.lifecycle]).toEqual([undefined, undefined]);
    expect(peerform_fabric.lab).not.toHaveProperty('preventDestroy');
    return peerform_fabric.lab.lifecycle;
  });
  expect(lifecycles).toEqual([{ prevent_destroy: true }, { prevent_destroy: false }, undefined]);
});
