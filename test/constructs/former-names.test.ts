import { TerraformStack } from 'cdktf';
import { Fabric, type FabricProps } from '../../lib/constructs/fabric';
import { Gate } from '../../lib/constructs/gate';
import { Node } from '../../lib/constructs/node';
import { Rollout } from '../../lib/constructs/rollout';
import { newApp, newStack, refusal, synth } from './app';

function fabricIn(
  stack: TerraformStack,
  props: FabricProps,
  endpoints: readonly string[] = ['unix:///n1', 'unix:///n2'],
) {
  const fabric = new Fabric(stack, `fabric-${props.name}`, props);
  for (const [i, endpoint] of endpoints.entries())
    new Node(fabric, `n${i + 1}`, { name: `n${i + 1}`, endpoint, ipv4Address: `10.0.0.${i + 1}` });
  return fabric;
}

describe('a fabric that had other names', () => {
  test('takes the state of every resource along, from name to name', () => {
    const stack = newStack();
    const fabric = fabricIn(stack, { name: 'prod.1', formerNames: ['main', 'prod'] });
    new Rollout(fabric, 'rollout', { waves: [{ name: 'canary', nodes: ['n1'] }], confirmEachWave: true });
    new Gate(fabric, 'probe', { after: 'canary', command: 'true', within: 10 });
    const { moved, resource } = synth(stack);
    const addresses = Object.entries<object>(resource).flatMap(([type, all]) =>
      Object.keys(all).map((id) => `${type}.${id}`),
    );
    expect(new Set(moved.map(({ to }: { to: string }) => to).filter((to: string) => to.includes('prod_1')))).toEqual(
      new Set(addresses),
    );
    const from = (to: string) =>
      moved.filter((it: { to: string }) => it.to === to).map((it: { from: string }) => it.from);
    for (const address of addresses) {
      expect(from(address)).toEqual([address.replace('prod_1', 'prod')]); // Terraform takes one former address of each.
      expect(from(address.replace('prod_1', 'prod'))).toEqual([address.replace('prod_1', 'main')]);
    }
    expect(resource.peerform_fabric.prod_1.former_names).toEqual(['main', 'prod']);
  });

  test('moves nothing where Terraform knew it by the same name', () => {
    const stack = newStack();
    fabricIn(stack, { name: 'prod_1', formerNames: ['prod.1'] });
    expect(synth(stack).moved).toBeUndefined();
  });

  test('is refused where a name is its own, named twice, or another fabric’s of the stack', () => {
    const stack = newStack();
    fabricIn(stack, { name: 'a', formerNames: ['a', 'b'] });
    fabricIn(stack, { name: 'b' }, ['unix:///n3']);
    expect(refusal(stack)).toEqual([
      '[stack/fabric-a] formerNames: a occurs twice; the fabric is now called a. Remove every name that is not a former name.',
      '[stack/fabric-a] formerNames: b is the name of stack/fabric-b. Remove it, or rename the other.',
    ]);
  });
});

describe('an agent that two fabrics claim', () => {
  test('is an error at both, in one stack', () => {
    const stack = newStack();
    fabricIn(stack, { name: 'a' });
    fabricIn(stack, { name: 'b' }, ['unix:///n2']);
    expect(refusal(stack)).toEqual([
      '[stack/fabric-a/n2] nodes.n2.endpoint: unix:///n2 is also node n1 of fabric b (stack/fabric-b). An agent runs a single fabric: remove the node from one of them.',
      '[stack/fabric-b/n1] nodes.n1.endpoint: unix:///n2 is also node n2 of fabric a (stack/fabric-a). An agent runs a single fabric: remove the node from one of them.',
    ]);
  });

  test('is an error in two stacks of one app, unless it may be two sockets of two machines', () => {
    const app = newApp();
    const [one, other] = ['one', 'other'].map((name) => new TerraformStack(app, name));
    fabricIn(one, { name: 'a' }, ['unix:///n1', 'ssh://n2.example']);
    fabricIn(other, { name: 'b' }, ['unix:///n1', 'ssh://n2.example']);
    expect(refusal(other)).toEqual([
      expect.stringContaining('[other/fabric-b/n2] nodes.n2.endpoint: ssh://n2.example'),
    ]);
  });
});
