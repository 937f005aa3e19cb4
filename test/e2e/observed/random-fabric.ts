import type { Values } from '../../../lib/provider/value';
import type { Dice } from './dice';

export const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'] as const;

/** What there may be to a fabric of the campaign, as values of Terraform, but for endpoints. */
export interface Draft {
  readonly nodes: Readonly<Record<string, Values>>;
  readonly fabric: Values;
}

const numberOf = (node: string): string => node.slice(1);
const nodeOf = (name: string): Values => ({
  ipv4_address: `10.0.0.${numberOf(name)}`,
  ipv6_address: `fd00::${numberOf(name)}`,
  labels: { role: numberOf(name) === '1' || numberOf(name) === '2' ? 'hub' : 'leaf' },
});

/** The neighbour outside: a BIRD that takes all and tells of a network of its own. */
export const TOR = { number: 9, as: 65100, network: '203.0.113.0/24' } as const;

export const FIRST: Draft = {
  nodes: Object.fromEntries(NODES.map((name) => [name, nodeOf(name)])),
  fabric: { hold_time: 30 },
};

const withNode = ({ nodes, fabric }: Draft, name: string, more: Values): Draft => ({
  nodes: { ...nodes, [name]: { ...nodes[name], ...more } },
  fabric,
});
const withFabric = ({ nodes, fabric }: Draft, more: Values): Draft => ({ nodes, fabric: { ...fabric, ...more } });

const EVERYTHING = { import: [{ action: 'accept' }], export: [{ action: 'accept' }] };
const tor = (more: Values): Values => ({
  address: `10.0.0.${TOR.number}`,
  as_number: TOR.as,
  filters: ['all'],
  ...more,
});
/** `rules`: of a filter between hubs and leaves. */
const spokes = (filters: readonly string[]): Values => ({
  node_selector: "role == 'leaf'",
  peer_selector: "role == 'hub'",
  ...(filters.length > 0 && { filters: [...filters] }),
});

/** What a change may be, by what it is called: many do nothing to a session, many cut somebody off. */
export const CHANGES: Readonly<Record<string, (draft: Draft, dice: Dice) => Draft>> = {
  'hold time': (draft, dice) => withFabric(draft, { hold_time: dice.one([15, 30, 60, 90]) }),
  'retry time': (draft, dice) => withFabric(draft, { connect_retry_time: dice.one([1, 2]) }),
  multipath: (draft, dice) => withFabric(draft, { multipath: dice.one([1, 4]) }),
  'AS number of a node': (draft, dice) =>
    withNode(draft, dice.one(Object.keys(draft.nodes)), { as_number: dice.one([null, 65001, 65002]) }),
  'AS number of the fabric': (draft, dice) => withFabric(draft, { as_number: dice.one([64512, 64600]) }),
  'router ID': (draft, dice) => {
    const name = dice.one(Object.keys(draft.nodes));
    return withNode(draft, name, { router_id: dice.one([null, `192.0.0.${numberOf(name)}`]) });
  },
  'mesh and selectors': (draft, dice) =>
    withFabric(draft, {
      node_to_node_mesh: dice.one([true, false]),
      peers: { ...(draft.fabric.peers as Values), spokes: dice.one([null, spokes([]), spokes(['part'])]) },
      filters: {
        ...(draft.fabric.filters as Values),
        all: EVERYTHING,
        part: { export: [{ prefix: '10.65.3.0/24', prefix_length_max: 32, action: 'reject' }, { action: 'accept' }] },
      },
    }),
  reflectors: (draft, dice) =>
    withFabric(draft, {
      route_reflectors: dice.one([null, { all: { reflectors: ['n1'] } }, { all: { reflectors: ['n1', 'n2'] } }]),
    }),
  'outside neighbour': (draft, dice) =>
    withFabric(draft, {
      peers: {
        ...(draft.fabric.peers as Values),
        tor: dice.one([
          null,
          tor({}),
          tor({ node: 'n1' }),
          tor({ hold_time: 20 }),
          tor({ admin_down: 'maintenance' }),
          tor({ filters: ['in'] }),
        ]),
      },
      filters: {
        ...(draft.fabric.filters as Values),
        all: EVERYTHING,
        in: { import: [{ action: 'accept' }], export: [{ action: 'reject' }] },
      },
    }),
  'declared prefix': (draft, dice) =>
    withNode(draft, dice.one(Object.keys(draft.nodes)), {
      advertise: dice.one([null, [{ prefix: '10.77.0.0/16' }], [{ prefix: '10.78.0.0/16', blackhole: true }]]),
    }),
  drain: (draft, dice) => withNode(draft, dice.one(Object.keys(draft.nodes)), { drain: dice.one([null, true, false]) }),
  membership: (draft, dice) => {
    const name = dice.one(['n4', 'n5']);
    const { [name]: known, ...others } = draft.nodes;
    return { ...draft, nodes: known ? others : { ...draft.nodes, [name]: nodeOf(name) } };
  },
};

/** A fabric of one or two changes more; gives what was changed. */
export function changed(draft: Draft, dice: Dice): { readonly draft: Draft; readonly what: readonly string[] } {
  const what = Array.from({ length: 1 + dice.roll(2) }, () => dice.one(Object.keys(CHANGES)));
  return { draft: what.reduce((one, name) => CHANGES[name](one, dice), draft), what };
}
