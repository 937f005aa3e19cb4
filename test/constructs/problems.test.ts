import { Fabric, type FabricProps } from '../../lib/constructs/fabric';
import { Filter, type FilterProps } from '../../lib/constructs/filter';
import { Node, type NodeProps } from '../../lib/constructs/node';
import { GlobalPeer, NodePeer, type NodePeerProps } from '../../lib/constructs/peer';
import { newStack, placedRefusal, refusal, synth } from './app';

interface Parts {
  readonly fabric?: Partial<FabricProps>;
  readonly nodes?: Partial<NodeProps>[];
  readonly peers?: Partial<NodePeerProps>[];
  readonly filters?: Partial<FilterProps>[];
}

/** A fabric of parts, each with id `<kind>-<n>`; what a part leaves out is filled in soundly. */
function fabricOf({ fabric: own, nodes = [{}], peers = [], filters = [] }: Parts) {
  const stack = newStack();
  const fabric = new Fabric(stack, 'fabric', { name: 'lab', ...own });
  nodes.forEach((node, i) => {
    const name = `n${i + 1}`;
    new Node(fabric, `node-${i + 1}`, { name, endpoint: `unix:///${name}`, ipv4Address: `10.0.0.${i + 1}`, ...node });
  });
  peers.forEach((peer, i) => {
    const props = { name: `p${i + 1}`, address: `10.0.1.${i + 1}`, asNumber: 64512, ...peer };
    if (peer.node === undefined) new GlobalPeer(fabric, `peer-${i + 1}`, props);
    else new NodePeer(fabric, `peer-${i + 1}`, { ...props, node: peer.node });
  });
  filters.forEach((filter, i) => {
    new Filter(fabric, `filter-${i + 1}`, { name: `f${i + 1}`, ...filter });
  });
  return stack;
}

// biome-ignore lint/suspicious/noExplicitAny: what a program without types may write.
const wrong = (value: unknown): any => value;

test('a sound fabric is not refused', () => {
  expect(refusal(fabricOf({ nodes: [{}, {}], peers: [{}, { node: 'n1' }], filters: [{}] }))).toEqual([]);
});

test.each<[string, Parts, string]>([
  [
    'a wrong AS number',
    { fabric: { asNumber: wrong(0) } },
    '[stack/fabric] asNumber: AS number 0 is out of range. Write an AS number from 1 to 4294967295, plain (67111) or dotted ("1.1575").',
  ],
  [
    'an address that is not an address',
    { nodes: [{ ipv4Address: '10.0.0.300' }] },
    '[stack/fabric/node-1] nodes.n1.ipv4Address: "10.0.0.300" is not a valid IPv4 or IPv6 address. Write a single IPv4 or IPv6 address without a mask, such as 192.0.2.1 or 2001:db8::1.',
  ],
  [
    'two nodes with one address',
    { nodes: [{}, { ipv4Address: '10.0.0.1' }] },
    '[stack/fabric/node-2] nodes.n2.ipv4Address: 10.0.0.1 is also the address of node n1. Give each node its own addresses.',
  ],
  [
    'a peer that names an unknown node',
    { peers: [{ node: 'n9' }] },
    '[stack/fabric/peer-1] peers.p1.node: there is no node n9. Name a node of this fabric, or add the node.',
  ],
  [
    'a node without an address',
    { nodes: [{ ipv4Address: undefined }] },
    '[stack/fabric/node-1] nodes.n1: the node has no address. Give it an ipv4Address or an ipv6Address (or both).',
  ],
  [
    'a node without an endpoint',
    { nodes: [{ endpoint: wrong(undefined) }] },
    '[stack/fabric/node-1] nodes.n1.endpoint: the node has no endpoint. Write an endpoint as unix:///run/peerform/agent.sock, ssh://user@host or etcd://host:2379,host2:2379/fabric/node.',
  ],
  [
    'an endpoint that is none',
    { nodes: [{ endpoint: 'http://n1' }] },
    '[stack/fabric/node-1] nodes.n1.endpoint: "http://n1" is not a valid endpoint. Write an endpoint as unix:///run/peerform/agent.sock, ssh://user@host or etcd://host:2379,host2:2379/fabric/node.',
  ],
  [
    'a member of the fleet that is none',
    { fabric: { fleet: { etcd: ['http://e1:2379'] } } },
    '[stack/fabric] fleet.etcd[0]: "http://e1:2379" is not a valid member of an etcd. Write the host and port of a member of etcd, such as e1.example.net:2379, 10.0.0.1:2379 or [fd00::1]:2379.',
  ],
  [
    'two nodes with one endpoint',
    { nodes: [{}, { endpoint: 'unix:///n1' }] },
    '[stack/fabric/node-2] nodes.n2.endpoint: unix:///n1 is also the endpoint of node n1. Give each node the endpoint of its own agent.',
  ],
  [
    'a word that is none of those that may stand there',
    { fabric: { bindMode: wrong('any') } },
    '[stack/fabric] bindMode: "any" is not one of all, nodeAddress. docs/reference.md lists the values that each field takes.',
  ],
  [
    'a text where a truth value belongs',
    { fabric: { nodeToNodeMesh: wrong('off') } },
    '[stack/fabric] nodeToNodeMesh: "off" is not a boolean (true or false). docs/reference.md lists the values that each field takes.',
  ],
  [
    'a pattern that no interface can have',
    { fabric: { ignoredInterfaces: ['eth 0'] } },
    '[stack/fabric] ignoredInterfaces[0]: "eth 0" is not a valid pattern for interface names. Write 1 to 15 letters, digits, dots, dashes and underscores, and * for any characters, such as eth0 or cali*.',
  ],
  [
    'no reason for what is down',
    { peers: [{ adminDown: '' }] },
    '[stack/fabric/peer-1] peers.p1.adminDown: "" is too short: the minimum is 1. docs/reference.md lists the values that each field takes.',
  ],
  [
    'a field that there is not',
    { nodes: [wrong({ colour: 'red' })] },
    '[stack/fabric/node-1] nodes.n1.colour: there is no field colour. Remove it or correct its spelling; docs/reference.md lists all fields.',
  ],
  [
    'a filter that never matches',
    { filters: [{ export: [{ prefix: '10.0.0.0/8', le: 4, action: 'accept' }] }] },
    '[stack/fabric/filter-1] filters.f1.export[0].le: le 4 is not between 8 and 32. Use a value within the range.',
  ],
  [
    'an unknown node that may be absent',
    { fabric: { unreachable: ['n7'] } },
    '[stack/fabric] unreachable[0]: there is no node n7. Name a node of this fabric, or add the node.',
  ],
  [
    'two nodes of one name',
    { nodes: [{}, { name: 'n1' }] },
    '[stack/fabric/node-1] nodes.n1: stack/fabric/node-2 has the same name. Give each a unique name.',
  ],
  [
    'a name that is no name',
    { nodes: [{ name: 'n 1' }] },
    '[stack/fabric/node-1] nodes.n 1: "n 1" is not a valid name. Use 1 to 63 letters, digits, dots, dashes or underscores, beginning and ending with a letter or digit.',
  ],
  [
    'no name at all',
    { peers: [{ name: wrong(undefined) }] },
    '[stack/fabric/peer-1] a name is an identity and must be known at synth. Use 1 to 63 letters, digits, dots, dashes or underscores, beginning and ending with a letter or digit.',
  ],
])('%s is refused at synth, with its place, its construct and how to mend it', (_, parts, line) => {
  expect(refusal(fabricOf(parts))).toEqual([line]);
});

test('every problem is told at once', () => {
  const stack = fabricOf({
    fabric: { asNumber: '1.65536', holdTime: 2 },
    nodes: [{ ipv4Address: 'x' }, { name: 'a.b', ipv4Address: undefined }, { name: 'a', routerId: '::1' }],
    peers: [{ filters: ['none'] }, { node: 'n9', asNumber: wrong(-1) }],
  });
  expect(refusal(stack).map((line) => line.split(': ')[0])).toEqual([
    '[stack/fabric] asNumber',
    '[stack/fabric] holdTime',
    '[stack/fabric/node-1] nodes.n1.ipv4Address',
    '[stack/fabric/node-2] nodes.a.b',
    '[stack/fabric/node-3] nodes.a.routerId',
    '[stack/fabric/peer-1] peers.p1.filters[0]',
    '[stack/fabric/peer-2] peers.p2.asNumber',
    '[stack/fabric/peer-2] peers.p2.node',
  ]);
});

test('a fabric is judged by what it holds at synth, however often that is', () => {
  const stack = fabricOf({ peers: [{ node: 'late' }] });
  expect(refusal(stack)).toHaveLength(1);
  new Node(stack.node.findChild('fabric') as Fabric, 'late', {
    name: 'late',
    endpoint: 'unix:///late',
    ipv4Address: '10.0.0.9',
  });
  expect(refusal(stack)).toEqual([]);
  expect(() => synth(stack)).not.toThrow();
});

test('a problem tells the line of the program that it comes from', () => {
  const own = 'test/constructs/problems.test.ts';
  const line = new Error().stack!.split('\n')[1].match(/:(\d+):\d+\)?$/)![1];
  const stack = newStack();
  const fabric = new Fabric(stack, 'fabric', { name: 'lab', holdTime: 2 });
  new Node(fabric, 'n1', { name: 'n1', endpoint: 'unix:///n1', ipv4Address: 'x' });
  expect(placedRefusal(stack).map((said) => said.split(': ').slice(0, 2))).toEqual([
    [`[stack/fabric] ${own}:${Number(line) + 2}`, 'holdTime'],
    [`[stack/fabric/n1] ${own}:${Number(line) + 3}`, 'nodes.n1.ipv4Address'],
  ]);
});

test.each<[string, Parts, string]>([
  [
    'a field',
    { nodes: [{ ipv4Adress: '10.0.0.1' } as never] },
    'there is no field ipv4Adress (did you mean ipv4Address?)',
  ],
  [
    'a filter',
    { peers: [{ filters: ['workload'] }], filters: [{ name: 'workloads' }] },
    'no filter workload (did you mean workloads?)',
  ],
  ['a node', { nodes: [{ name: 'spine1' }], peers: [{ node: 'spin1' }] }, 'no node spin1 (did you mean spine1?)'],
  ['a rack', { nodes: [{ rack: 'rack-a' }] }, 'there is no rack rack-a. '],
  ['another number', { nodes: [{ name: 'spine1' }], peers: [{ node: 'spine2' }] }, 'no node spine2. '],
])('%s that is misspelt is told with what was probably meant', (_, parts, expected) => {
  expect(refusal(fabricOf(parts)).join('\n')).toContain(expected);
});
