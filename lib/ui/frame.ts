import type { SessionStatus } from '../control/status';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { impactOf } from '../preview/impact';
import { type Layout, layoutOf } from '../report/picture/layout';
import type { PictureLink } from '../report/picture/links';
import { MOST_NAMED, type Picture, pictureOf } from '../report/picture/picture';
import type { Place } from '../report/picture/place';

/** Static layout for the fabrics that run; state is added separately. */
export interface PageFrame {
  readonly places: readonly Place[];
  readonly layout: Layout;
  /** Number of the place that a session leads to; undefined if it is not in the fabrics. */
  readonly placeOf: (session: SessionStatus) => number | undefined;
  /** Place numbers of nodes, by name. */
  readonly nodes: ReadonlyMap<string, number>;
}

/** As wide as the text shown later: `12/12 up`. */
const UP = ' · 000/000 up';

const frames = new WeakMap<Fabric, { readonly before: Fabric | undefined; readonly names: string; frame: PageFrame }>();

/**
 * The frame for running fabrics, cached per fabric. `names`: nodes with known agents, which may not all be in the
 * fabrics.
 */
export function frameOf(before: Fabric | undefined, after: Fabric | undefined, names: readonly string[]): PageFrame {
  const key = JSON.stringify(names);
  const known = after && frames.get(after);
  if (known?.before === before && known?.names === key) return known.frame;
  const frame = made(before, after, names);
  if (after) frames.set(after, { before, names: key, frame });
  return frame;
}

function made(before: Fabric | undefined, after: Fabric | undefined, names: readonly string[]): PageFrame {
  const picture = after ? runningPicture(before ?? after, after) : undefined;
  const drawn = new Set(picture?.places.flatMap(({ called }) => called));
  const places = [...(picture?.places ?? []), ...names.filter((name) => !drawn.has(name)).map(unknownNode)].map(
    (place, id) => ({ ...place, id, ...(isNode(place) && { detail: `${place.address}${UP}` }) }),
  );
  const layout = layoutOf({ places, links: picture ? picture.links : places.length <= MOST_NAMED ? [] : undefined });
  const byName = new Map<string, number>();
  const prefixes: { readonly prefix: Prefix; readonly id: number }[] = [];
  for (const { id, called } of [...places].sort((one, other) => Number(isNode(other)) - Number(isNode(one))))
    for (const name of called) {
      if (!byName.has(name)) byName.set(name, id);
      const prefix = name.includes('/') ? Prefix.parse(name) : undefined;
      if (prefix instanceof Prefix) prefixes.push({ prefix, id });
    }
  return {
    places,
    layout,
    nodes: new Map(places.filter(isNode).map(({ name, id }) => [name, id])),
    placeOf: ({ remoteNode, remoteAddress }) => byName.get(remoteNode ?? remoteAddress) ?? within(remoteAddress),
  };
  function within(address: string): number | undefined {
    if (prefixes.length === 0) return undefined;
    const own = Prefix.parse(`${address}/${address.includes(':') ? 128 : 32}`);
    return own instanceof Prefix ? prefixes.find(({ prefix }) => prefix.contains(own))?.id : undefined;
  }
}

/** Whether a place is a node rather than a neighbour. */
export const isNode = ({ band }: Pick<Place, 'band'>): boolean => band !== 'outside' && band !== 'top';

/** Everything of either fabric, without added or removed marks: live state comes from the agents. */
function runningPicture(before: Fabric, after: Fabric): Pick<Picture, 'places' | 'links'> {
  const [was, is, sessions] = [impactOf(undefined, before), impactOf(undefined, after), impactOf(before, after)];
  const { places, links } = pictureOf({
    preview: { sessions },
    change: { before, after },
    ...{ was, is, sessions },
    steps: [],
  });
  const merged = new Map<string, PictureLink>();
  for (const link of links ?? []) {
    const key = `${link.a} ${link.b}`;
    const known = merged.get(key);
    merged.set(key, { ...link, mark: 'kept', at: 0, sessions: link.sessions + (known?.sessions ?? 0) });
  }
  return {
    places: places.map((place) => ({ ...place, mark: 'kept' as const })),
    ...(links && { links: [...merged.values()] }),
  };
}

const unknownNode = (name: string): Omit<Place, 'id'> => ({
  band: 'nodes',
  ...{ name, called: [name], detail: '', address: 'not in the fabric', mark: 'kept', gravest: 'kept', at: 0 },
});
