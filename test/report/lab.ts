export const ALL = { import: [{ action: 'accept' }], export: [{ action: 'accept' }] };
export const at = (octet: number, more: object = {}) => ({ ipv4Address: `10.0.0.${octet}`, ...more });

/** Four nodes in a mesh, a border node with a provider, a rack with its switch, and clients that come by themselves. */
export const base = {
  ...{ name: 'lab', edition: 2 },
  nodes: {
    ...{ n1: at(1), n2: at(2), n3: at(3), n4: at(4, { labels: { role: 'edge' } }) },
    ...{ r1: at(11, { rack: 'a' }), r2: at(12, { rack: 'a' }) },
  },
  racks: { a: { asNumber: 65010, topOfRack: [{ ipv4Address: '192.0.2.9', asNumber: 65100 }] } },
  peers: {
    isp: { node: 'n1', address: '192.0.2.1', asNumber: 65001, filters: ['all'] },
    inner: { node: 'n2', address: '192.0.2.2', asNumber: 64512 },
  },
  filters: { all: ALL, spare: ALL },
};
type Spec = typeof base;

/** The same with more in some entries, or of another fabric like it. */
export const nodes = (more: Record<string, object>, spec: Spec = base) => ({
  ...spec,
  nodes: Object.fromEntries(Object.entries(spec.nodes).map(([name, node]) => [name, { ...node, ...more[name] }])),
});
export const peers = (more: Record<string, object>, spec: object = base) => ({
  ...spec,
  peers: Object.fromEntries(
    [...new Set([...Object.keys((spec as Spec).peers), ...Object.keys(more)])].map((name) => [
      name,
      { ...((spec as Spec).peers as Record<string, object>)[name], ...more[name] },
    ]),
  ),
});
export const tor = (more: object) => ({
  ...base,
  racks: { a: { ...base.racks.a, topOfRack: [{ ...base.racks.a.topOfRack[0], ...more }] } },
});
export const rules = (all: object) => ({ ...base, filters: { ...base.filters, all: { ...ALL, ...all } } });

/** Two nodes in a mesh, of which one has the only provider, whose routes are accepted, and gets workloads. */
export const uplink = (more: object = {}, imports: object[] = ALL.import, whole: object = {}) => ({
  ...{ name: 'uplink', edition: 2, nodes: { e1: at(1), w1: at(2) } },
  peers: { up: { node: 'e1', address: '192.0.2.1', asNumber: 65001, filters: ['up'], ...more } },
  filters: { up: { import: imports, export: [{ action: 'accept', source: 'workload' }, { action: 'reject' }] } },
  ...whole,
});
