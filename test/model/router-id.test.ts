import fc from 'fast-check';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';
import { derivedRouterId, freeRouterId, routerIdIn } from '../../lib/model/router-id';

const SHARED = sure(Prefix.parse('100.64.0.0/10'));
const name = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,20}[a-zA-Z0-9])?$/);

describe('an identifier that follows from a name', () => {
  test('looks like the address of a host, within 100.64.0.0/10', () => {
    fc.assert(
      fc.property(name, (text) => {
        const id = derivedRouterId(2, text);
        expect(SHARED.contains(Prefix.host(id))).toBe(true);
        expect([0, 255]).not.toContain(id.bytes[3]);
      }),
    );
  });

  test('is the same for ever, in each edition', () => {
    expect(['node1', 'node2', 'rack-a.n7'].map((text) => derivedRouterId(1, text).toString())).toEqual(FIRST);
    expect(['node1', 'node2', 'rack-a.n7'].map((text) => derivedRouterId(2, text).toString())).toEqual(SECOND);
  });

  test('is seldom that of another name: of 5,000 numbered nodes a handful at most have one that is taken', () => {
    const ids = new Set(Array.from({ length: 5000 }, (_, i) => derivedRouterId(2, `node${i}`).toString()));
    expect(ids.size).toBeGreaterThan(4988); // 3 collisions are to be expected
  });
});
const FIRST = ['255.78.40.116', '242.78.45.45', '240.132.124.165'];
const SECOND = ['100.90.128.158', '100.87.77.241', '100.117.245.44'];

/** Two names with one identifier in edition 2. */
function twins(): [string, string] {
  const seen = new Map<string, string>();
  for (let i = 0; ; i++) {
    const id = derivedRouterId(2, `n${i}`).toString();
    const other = seen.get(id);
    if (other !== undefined) return [other, `n${i}`];
    seen.set(id, `n${i}`);
  }
}

describe('the identifiers of a fabric', () => {
  /** Few values, so that they meet; an identifier that is derived for some name, among them. */
  const some = fc.constantFrom('a', 'b', 'c', 'd', ...twins());
  const id = fc.oneof(
    fc.constantFrom('10.0.0.1', '10.0.0.2', '100.64.0.1'),
    some.map((of) => derivedRouterId(2, of).toString()),
  );
  const written1 = fc.oneof(
    id,
    some.map((of) => derivedRouterId(1, of).toString()),
  );
  const node = fc.record({ name: some, routerId: fc.option(written1), ipv4Address: fc.option(id) });
  const nodes = fc.uniqueArray(node, { selector: (one) => one.name, maxLength: 5 });
  const written = (all: readonly { name: string; routerId: string | null; ipv4Address: string | null }[]) =>
    Object.fromEntries(
      all.map(({ name: of, routerId, ipv4Address }, i) => [
        of,
        { ipv6Address: `fd00::${i + 1}`, ...(routerId && { routerId }), ...(ipv4Address && { ipv4Address }) },
      ]),
    );

  test('are never equal, derived or written, in any edition: where they would be, it is no fabric', () => {
    let good = 0;
    fc.assert(
      fc.property(nodes, fc.constantFrom(1, 2), (all, edition) => {
        const { fabric, problems } = readFabric({ name: 'f', edition, nodes: written(all) });
        const ids = (of: typeof fabric) => Object.keys(of!.nodes).map((one) => routerIdIn(of!, one).toString());
        if (fabric) {
          good++;
          expect(new Set(ids(fabric)).size).toBe(all.length);
        } else expect(problems.map(({ code }) => code)).toContainEqual(expect.stringMatching(/^(duplicate-|address)/));
      }),
      { numRuns: 500 },
    );
    expect(good).toBeGreaterThan(100);
  });

  test('that follow from two names and are equal are refused with one that is free', () => {
    const [a, b] = twins();
    const spec = { name: 'f', edition: 2, nodes: { [a]: { ipv6Address: 'fd00::1' }, [b]: { ipv6Address: 'fd00::2' } } };
    const { problems } = readFabric(spec);
    expect(problems.map(({ path }) => path)).toEqual([`nodes.${b}.routerId`]);
    const [, free] = /set routerId: "([\d.]+)" on one of them, preferably on a new one/.exec(String(problems[0]))!;
    for (const one of [a, b]) {
      const mended = { ...spec, nodes: { ...spec.nodes, [one]: { ...spec.nodes[one], routerId: free } } };
      expect(readFabric(mended).problems).toEqual([]);
    }
  });

  test('are compared once the edition is known', () => {
    const [a, b] = twins();
    const nodesOf = { [a]: { ipv6Address: 'fd00::1' }, [b]: { ipv6Address: 'fd00::2' } };
    expect(readFabric({ name: 'f', nodes: nodesOf }).problems).toEqual([]); // the first edition has other ones
  });

  test('have a free one next to any', () => {
    const taken = new Set(['100.127.255.254', '100.64.0.1']);
    expect(String(freeRouterId(sure(IpAddress.parse('100.127.255.253')), taken))).toBe('100.64.0.2');
    expect(String(freeRouterId(sure(IpAddress.parse('10.0.0.254')), taken))).toBe('100.64.1.1');
  });
});
