import { HeldReleases } from '../../lib/agent/held-releases';
import { Secrets } from '../../lib/agent/secrets';
import { itemsOf } from '../../lib/cli/view/objects';
import { assembleDelivery, examineDelivery, openDelivery, packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import { Refusal } from '../../lib/control/transaction';
import { canonicalText } from '../../lib/model/canonical';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { runningSessions } from '../../lib/node/sessions';
import { impactOf } from '../../lib/preview/impact';
import { previewOf } from '../../lib/preview/preview';
import { Fleet } from '../../lib/provider/fleet';
import { fabric as fabricResource } from '../../lib/provider/resource/fabric';
import { conformObject } from '../../lib/provider/value';
import { sessionsOf } from '../../lib/topology/derive';
import { valid } from '../model/valid';

/** Names that every object of JavaScript has something by, and as many that none has. */
const ODD = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'];
const PLAIN = ['conductor', 'toSpring', 'valueOn', 'hasNoProperty', 'isPrototypeOn'];

/**
 * A fabric in which each of these five names is a node, a peer, a rack, a group, a filter, a community, a label and a
 * secret.
 */
const specOf = (names: readonly string[]): FabricSpec => ({
  name: names[0],
  edition: 2,
  nodes: Object.fromEntries(
    names.map((name, i) => [
      name,
      {
        ipv4Address: `10.0.0.${i + 1}`,
        labels: { [names[(i + 1) % 5]]: name },
        ...(i === 1 && { rack: names[1] }),
        endpoint: `unix:///${i}.sock`,
      },
    ]),
  ),
  racks: { [names[1]]: { asNumber: 65001, topOfRack: [{ ipv4Address: '192.0.2.9', asNumber: 65009 }] } },
  routeReflectors: { [names[3]]: { reflectors: [names[3]], clients: [names[4]] } },
  filters: { [names[4]]: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
  communities: { [names[2]]: '65000:1' },
  prefixAdvertisements: [{ prefix: '203.0.113.0/24', communities: [names[2]] }],
  peers: {
    [names[0]]: {
      ...{ node: names[0], address: '192.0.2.1', asNumber: 65000, filters: [names[4]] },
      password: `secret:${names[0]}`,
    },
    [names[1]]: { nodeSelector: `has(${names[3]})`, address: '192.0.2.2', asNumber: 65000, filters: [names[4]] },
  },
});

/** Text with the odd names in the place of the plain ones. */
const odd = (text: string) => PLAIN.reduce((all, plain, i) => all.replaceAll(plain, ODD[i]), text);
const textsOf = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
const [plain, same] = [valid(specOf(PLAIN)), valid(specOf(ODD))];

describe('a fabric whose names are those of what every object has', () => {
  test('is the same as one with other names', () => {
    expect(JSON.parse(canonicalText(same))).toEqual(JSON.parse(odd(canonicalText(plain))));
    for (const [i, name] of ODD.entries()) {
      expect(textsOf(sessionsOf(same, name))).toEqual(textsOf(sessionsOf(plain, PLAIN[i])).map(odd).sort());
      const [held, plainly] = [same, plain].map((fabric) => ({
        ...{ active: { fabric, activation: 1 }, service: 'full' as const },
      }));
      expect(textsOf(runningSessions(held, name))).toEqual(textsOf(runningSessions(plainly, PLAIN[i])).map(odd).sort());
    }
  });

  test('is looked at in the same way when it changes', () => {
    const without = (names: readonly string[]) => {
      const { nodes, ...rest } = specOf(names);
      return valid({
        ...rest,
        nodes: Object.fromEntries(Object.entries(nodes!).filter(([name]) => name !== names[4])),
        routeReflectors: {},
      });
    };
    const [there, here] = [impactOf(plain, without(PLAIN)), impactOf(same, without(ODD))];
    expect(here.counts).toEqual(there.counts);
    expect(textsOf(here.examples)).toEqual(textsOf(there.examples).map(odd).sort());
    expect(impactOf(without(ODD), same).counts).toEqual(impactOf(without(PLAIN), plain).counts);
    const [plainly, oddly] = [previewOf(plain, without(PLAIN)), previewOf(same, without(ODD))];
    expect(oddly.played).toMatchObject({ prefixes: plainly.played!.prefixes, madeUp: plainly.played!.madeUp });
    expect(oddly.isDisruptive).toBe(plainly.isDisruptive);
  });

  test('has nothing by such a name that it does not have', () => {
    const { fabric } = readFabric({ name: 'f', nodes: { n1: { ipv4Address: '10.0.0.1' } } });
    for (const name of [...ODD, '__proto__']) {
      expect(fabric!.nodes[name]).toBeUndefined();
      expect(sessionsOf(fabric!, name)).toEqual([]);
      for (const [field, value] of Object.entries({ rack: name, ...(name !== '__proto__' && {}) }))
        expect(
          String(readFabric({ name: 'f', nodes: { n1: { ipv4Address: '10.0.0.1', [field]: value } } }).problems),
        ).toContain('nodes.n1.rack');
      const peer = { address: '192.0.2.1', asNumber: 65000, node: name };
      const { problems } = readFabric({ name: 'f', nodes: { n1: { ipv4Address: '10.0.0.1' } }, peers: { p: peer } });
      expect(String(problems)).toContain('peers.p.node');
    }
  });

  test.each(['nodes', 'peers', 'racks', 'filters', 'routeReflectors', 'communities'])(
    'and a __proto__ in its %s is refused, not lost',
    (map) => {
      const spec = JSON.parse(`{"name":"f","nodes":{},"${map}":{"__proto__":{"ipv4Address":"10.0.0.1"}}}`);
      expect(String(readFabric(spec).problems)).toContain(`${map}: "__proto__" is not a valid name`);
    },
  );

  test('and a __proto__ in labels is refused, not lost', () => {
    const spec = JSON.parse('{"name":"f","nodes":{"n":{"ipv4Address":"10.0.0.1","labels":{"__proto__":"x"}}}}');
    expect(String(readFabric(spec).problems)).toContain('nodes.n.labels: "__proto__" is not a valid name');
  });
});

describe('an agent of a node with such a name', () => {
  const release = makeRelease(same);
  const endpoints = Object.fromEntries(ODD.map((name) => [name, `unix:///${name}.sock`]));

  test('takes what is its own, and nothing where the release has no such node', async () => {
    const examined = examineDelivery(packDelivery({ release, endpoints }));
    if (!('parts' in examined)) throw new Error(examined.problems.join());
    for (const delivery of [openDelivery(packDelivery({ release, endpoints })), await assembleDelivery(examined)]) {
      if (!('release' in delivery)) throw new Error(delivery.join());
      expect(delivery).toMatchObject({ release: { digest: release.digest }, endpoints });
      for (const [node, isThere] of [...ODD.map((name) => [name, true] as const), ['toLocaleString', false] as const]) {
        const held = new HeldReleases(node);
        held.take(delivery);
        const command = { node, owner: 'me', fabric: same.name, release: release.digest, activation: 1 };
        const staged = held.carryOut('stage', command, {
          at: '',
          terms: () => ({ deadline: { boot: '', at: 0 } }),
          upBy: () => ({}),
        });
        if (isThere) expect(staged).toMatchObject({ staged: { activation: 1 } });
        else expect(staged).toBeInstanceOf(Refusal);
        expect(held.endpoints.propertyIsEnumerable).toBeUndefined();
      }
    }
  });

  test('has the secrets of such names that were given, and no others', () => {
    const secrets = new Secrets({ valueOf: 'x' } as never);
    expect(secrets.find('secret:constructor', { constructor: 'k' } as never)).toHaveProperty('name');
    for (const reference of ['secret:toString', 'env:constructor', 'env:__proto__'])
      expect(secrets.find(reference)).toHaveProperty('problem');
    expect(secrets.find('env:valueOf')).toHaveProperty('name');
  });

  test('is shown with its endpoint, where it has one', () => {
    const some = openDelivery(packDelivery({ release, endpoints: { constructor: 'unix:///c.sock' } as never }));
    const items = itemsOf(some as never, 'nodes');
    expect(items.map(({ name, endpoint }) => [name, endpoint])).toEqual(
      [...ODD]
        .sort((a, b) => a.localeCompare(b))
        .map((name) => [name, name === 'constructor' ? 'unix:///c.sock' : undefined]),
    );
  });
});

describe('the provider', () => {
  test('has such names in its maps, and nothing by them that was not written', () => {
    const values = conformObject(
      { name: 'f', nodes: { constructor: { ipv4_address: '10.0.0.1' } } },
      fabricResource.schema.attributes,
    );
    expect(Object.keys(values.nodes as object)).toEqual(['constructor']);
    expect((values.nodes as Record<string, unknown>).toString).toBeUndefined();
    const fleet = new Fleet({ constructor: 'unix:///c.sock' } as never);
    expect([fleet.nodes, fleet.endpoints.constructor, fleet.endpoints.toString]).toEqual([
      ['constructor'],
      'unix:///c.sock',
      undefined,
    ]);
  });
});
