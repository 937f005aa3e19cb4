/** What becomes of a session, or of a node as a whole. */
export const MARKS = ['removed', 'reset', 'added', 'retuned', 'kept'] as const;
export type Mark = (typeof MARKS)[number];

/** What is said of sessions with a mark. */
export const MARK_WORDS: Readonly<Record<Mark, string>> = {
  removed: 'removed',
  reset: 'reset',
  added: 'added',
  retuned: 'changed without a reset',
  kept: 'unchanged',
};

export const BANDS = ['outside', 'top', 'reflectors', 'racks', 'nodes'] as const;
/** How each is called. */
export const BAND_TITLES: Readonly<Record<Band, string>> = {
  outside: 'Outside',
  top: 'Top of rack',
  reflectors: 'Reflectors',
  racks: 'Racks',
  nodes: 'Nodes',
};
export type Band = (typeof BANDS)[number];
