/** What was left out, and why; or what is to be provided. */
export interface LeftOut {
  /** `BGPPeer/rack1`, or one of its fields: `BGPPeer/rack1 spec.reachableBy`. */
  readonly path: string;
  readonly reason: string;
}

/** How many resources are named of which the same is said. */
const NAMED = 3;

/** What is said of many resources of a kind, once: `Node/a, Node/b, Node/c and 97 more spec.bgp.ipv4IPIPTunnelAddr`. */
export function grouped(left: readonly LeftOut[]): LeftOut[] {
  const groups = new Map<string, LeftOut[]>();
  for (const one of left) {
    const [resource, field = ''] = one.path.split(/ (.*)/),
      key = [resource.replace(/\/.*/, ''), field, one.reason].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((same) => {
    const [{ path, reason }] = same,
      [, field] = path.split(/ (.*)/),
      names = [...new Set(same.map((one) => one.path.split(' ')[0]))];
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    return { path: [names.slice(0, NAMED).join(', ') + more, ...(field ? [field] : [])].join(' '), reason };
  });
}
