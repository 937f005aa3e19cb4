import { canonicalFabric, type Json } from '../model/canonical';
import { NEWEST_EDITION } from '../model/edition';
import { readFabric } from '../model/read';
import { isRecord } from './documents';
import type { LeftOut } from './left-out';
import { type CalicoKind, OWN_ANNOTATION } from './resource';

const NOT_READ =
  'Calico has no field for it, and annotations are not imported: write it into the fabric, or use the fabric itself (`peerform get fabric`)';

/** Fields that do not affect how nodes behave. */
const OF_NO_RELEASE: ReadonlySet<string> = new Set(['endpoint']);

type Fields = Readonly<Record<string, Json>>;

/** Defaults of a fabric: ignoring an annotation with such a value loses nothing. */
function usual(kind: CalicoKind): Fields {
  const spec = {
    ...{ name: 'usual', edition: NEWEST_EDITION, nodes: { one: { ipv4Address: '192.0.2.1' } } },
    peers: { one: { address: '192.0.2.2', asNumber: 1 } },
  };
  const { nodes, peers, ...settings } = canonicalFabric(readFabric(spec).fabric!) as Record<string, Fields>;
  const one = (kind === 'Node' ? nodes.one : kind === 'BGPPeer' ? peers.one : settings) as Fields;
  return kind === 'BGPFilter' ? {} : one;
}

/** Annotations that `peerform get` writes for what Calico has no field for. The import ignores them. */
export function leftOfAnnotations(kind: CalicoKind, path: string, annotations: unknown): LeftOut[] {
  const own = Object.entries(isRecord(annotations) ? annotations : {}).filter(([key]) =>
    key.startsWith(OWN_ANNOTATION),
  );
  const known = own.length > 0 ? usual(kind) : {};
  return own.flatMap(([key, value]): LeftOut[] => {
    const name = key.slice(OWN_ANNOTATION.length);
    if (OF_NO_RELEASE.has(name) || value === JSON.stringify(known[name])) return [];
    return [{ path: `${path} metadata.annotations.${key}`, reason: NOT_READ, mustDecide: true }];
  });
}
