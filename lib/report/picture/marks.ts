/** What happens to a session, or to a node as a whole. */
export const MARKS = ['removed', 'reset', 'added', 'retuned', 'kept'] as const;
export type Mark = (typeof MARKS)[number];

/** Descriptions of sessions by mark. */
export const MARK_WORDS: Readonly<Record<Mark, string>> = {
  removed: 'removed',
  reset: 'reset',
  added: 'added',
  retuned: 'changed without a reset',
  kept: 'unchanged',
};

export const BANDS = ['outside', 'top', 'reflectors', 'racks', 'nodes'] as const;
/** Names of the bands. */
export const BAND_TITLES: Readonly<Record<Band, string>> = {
  outside: 'Outside',
  top: 'Top of rack',
  reflectors: 'Reflectors',
  racks: 'Racks',
  nodes: 'Nodes',
};
export type Band = (typeof BANDS)[number];
