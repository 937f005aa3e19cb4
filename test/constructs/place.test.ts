import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CalicoManifest } from '../../lib/constructs/calico-manifest';
import { Fabric } from '../../lib/constructs/fabric';
import { Node } from '../../lib/constructs/node';
import { GlobalPeer } from '../../lib/constructs/peer';
import { newStack, written } from './app';

const lines = readFileSync(__filename, 'utf8').split('\n');
const at = (text: string) => `test/constructs/place.test.ts:${lines.findIndex((line) => line.includes(text)) + 1}`;
const placesOf = (stack: ReturnType<typeof newStack>) => {
  const { resource } = JSON.parse(readFileSync(join(written(stack).folder, 'cdk.tf.json'), 'utf8'));
  return (Object.values(resource.peerform_fabric)[0] as { '//': { places: object } })['//'].places;
};

test('a stack notes in which line of the program what is written', () => {
  const stack = newStack();
  const fabric = new Fabric(stack, 'f', { name: 'lab' });
  for (const i of [1, 2])
    new Node(fabric, `n${i}`, { name: `n${i}`, endpoint: `unix:///n${i}`, ipv4Address: `10.0.0.${i}` });
  new GlobalPeer(fabric, 'tor', { name: 'tor', address: '10.0.0.254', asNumber: 64512 });
  expect(placesOf(stack)).toEqual({
    [at("new Fabric(stack, 'f'")]: [''],
    [at('new Node(fabric')]: ['nodes.n1', 'nodes.n2'],
    [at('new GlobalPeer(fabric')]: ['peers.tor'],
  });
});

test('what a construct of ours makes is written where that stands', () => {
  const stack = newStack();
  new CalicoManifest(stack, 'calico', { files: [], endpoint: () => 'unix:///a' });
  expect(placesOf(stack)).toEqual({ [at('new CalicoManifest(')]: [''] });
});
