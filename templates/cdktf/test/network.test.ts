import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Testing } from 'cdktf';
import { MACHINES, Network } from '../network';

// With `true` every check of a synth runs: a mistake throws an error that says where it is and how to fix it.
const stack = JSON.parse(Testing.synth(new Network(Testing.app(), 'network'), true));
const [fabric] = Object.values(stack.resource.peerform_fabric) as { node: object; peer: Record<string, object> }[];

test('every machine is a node', () => {
  assert.deepEqual(Object.keys(fabric.node), Object.keys(MACHINES));
});

test('nothing goes outside the fabric without filters', () => {
  for (const peer of Object.values(fabric.peer)) assert.ok('filters' in peer);
});
