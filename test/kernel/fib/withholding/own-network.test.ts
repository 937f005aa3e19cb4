import { TABLE } from '../../../../lib/kernel/codec/route';
import { OwnNode } from '../../own-node';
import { ip, prefix } from '../../routing-world';

const STATIC = 4;
/** What has to be judged again, after all that was told. */
function due({ network }: OwnNode): string[] {
  network.settle();
  return network.candidates().map(String).sort();
}
/** A node at rest with 10.0.0.1/24 on its link. */
function rested(table?: number): OwnNode {
  const node = new OwnNode(table).address('10.0.0.1/24').route('10.0.0.0/24');
  due(node);
  return node;
}

describe('the own network of a node', () => {
  test('has prefixes judged again that an address or a connected route concerns, once', () => {
    const node = new OwnNode().address('10.0.0.1/24').route('10.0.0.0/24');
    expect(due(node)).toEqual(['10.0.0.0/24', '10.0.0.1/32']);
    expect([due(node), node.network.hasNews, node.network.settle()]).toEqual([[], false, false]);
    node.address('10.0.0.1/24', 2, false);
    expect(due(node)).toContain('10.0.0.1/32');
  });

  test('has no news where an address is told again, or is link-local, or one goes that was never there', () => {
    const node = rested();
    node.address('10.0.0.1/24').address('fe80::1/64').address('10.9.0.1/24', 2, false);
    expect([node.network.hasNews, due(node)]).toEqual([false, []]);
  });

  test('knows which link has an IPv4 address', () => {
    const node = rested().address('fd00::1/64', 3);
    expect([2, 3].map((index) => node.network.hasIpv4(index))).toEqual([true, false]);
    node.address('10.0.0.1/24', 2, false);
    expect(node.network.hasIpv4(2)).toBe(false);
  });

  test('has after a dump of all addresses those of the dump, and those that came meanwhile', () => {
    const node = rested().address('10.0.1.1/24', 3);
    due(node);
    node.network.beginDump();
    node.address('10.0.0.1/24').address('10.0.2.1/24', 3);
    node.network.endDump();
    expect(node.network.hasNews).toBe(true);
    expect(due(node)).toEqual(['10.0.1.1/32', '10.0.2.1/32']);
    node.network.beginDump();
    node.address('10.0.0.1/24').address('10.0.2.1/24', 3);
    node.network.endDump();
    expect(node.network.hasNews).toBe(false);
  });

  test('asks about a route that is to be discarded when another one to it comes or goes, while that is watched', () => {
    const node = rested();
    const { network } = node;
    const to = '198.51.100.0/24';
    expect(network.cares(24)).toBe(false);
    network.watch(prefix(to));
    network.watch(prefix(to));
    expect([network.watched, network.cares(24), network.cares(25)]).toEqual([1, true, false]);
    node.route(to, { protocol: STATIC, gateways: [ip('10.0.0.9')] });
    expect(due(node)).toContain(to);
    network.unwatch(prefix(to));
    expect([network.watched, network.cares(24)]).toEqual([0, false]);
    node.route(to, { protocol: STATIC, gateways: [ip('10.0.0.9')], isThere: false });
    expect(due(node)).not.toContain(to);
    network.watch(prefix(to));
    network.unwatchAll();
    expect([network.watched, network.cares(24)]).toEqual([0, false]);
  });

  test('cares for every length where our routes have a table of their own', () => {
    expect([rested(TABLE.main), rested(100)].map(({ network }) => network.cares(24))).toEqual([false, true]);
  });

  test('is stale when neighbours are set, or a link changes that has an address', () => {
    const { network } = rested();
    network.linkChanged(3);
    expect(network.hasNews).toBe(false);
    network.linkChanged(2);
    expect([network.hasNews, network.settle()]).toEqual([true, true]);
    network.setNeighbours([ip('10.0.0.2')]);
    expect([network.hasNews, network.settle(), network.settle()]).toEqual([true, true, false]);
  });
});
