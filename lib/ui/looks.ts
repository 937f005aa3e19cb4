/** Visual style: CSS class, description, and icon, because colour must not be the only distinction. */
interface Look {
  readonly css: string;
  readonly words: string;
  /** Icon: SVG path data, within ±4 of its centre. */
  readonly sign: string;
}

/** Icon for a good state, if one is needed. */
export const TICK = 'M-3 .2L-.8 2.6 3.2-2.4';
export const FINE = { css: 'ok', sign: TICK } as const;

/** Styles of a node, most severe first. */
export const NODE_LOOKS = {
  silent: { css: 'sil', words: 'gives no status', sign: 'M-2-2.2C-1.6-4 2-4 2-1.8 2-.4 0-.4 0 1.4M0 3.4V3.6' },
  amiss: { css: 'bad', words: 'something is amiss', sign: 'M-2.7-2.7L2.7 2.7M2.7-2.7L-2.7 2.7' },
  trial: { css: 'tri', words: 'runs a release on trial', sign: 'M0-3.4V0L2.4 1.6' },
  back: { css: 'bak', words: 'was rolled back', sign: 'M3.4 2.4C3-2-1-2-3.2-.4M-3.4-3.2V-.2H-.4' },
  drained: { css: 'dra', words: 'out of service', sign: 'M-1.6-2.8V2.8M1.6-2.8V2.8' },
  drains: { css: 'dra', words: 'is being drained', sign: 'M0-3.4V3M-2.6.6L0 3.2 2.6.6' },
  empty: { css: 'non', words: 'runs no release yet', sign: 'M-2.8 0H2.8' },
  fine: { css: 'ok', words: 'as it should be', sign: '' },
} as const satisfies Record<string, Look>;
export type NodeLook = keyof typeof NODE_LOOKS;

/** Styles of sessions between two places, most severe first. */
export const SESSION_LOOKS = {
  down: { css: 'bad', words: 'down', sign: 'M-2.7-2.7L2.7 2.7M2.7-2.7L-2.7 2.7' },
  unknown: { css: 'sil', words: 'not known, as no agent reports it', sign: NODE_LOOKS.silent.sign },
  absent: { css: 'non', words: 'not there', sign: 'M-2.8 0H2.8' },
  off: { css: 'off', words: 'down, as it is meant to be', sign: 'M-1.6-2.8V2.8M1.6-2.8V2.8' },
  up: { css: 'up', words: 'up', sign: '' },
} as const satisfies Record<string, Look>;
export type SessionLook = keyof typeof SESSION_LOOKS;

/** Outlines of node cells, from the upper left corner. */
export const CELLS: Readonly<Record<NodeLook, (side: number) => string>> = {
  fine: (s) => `M0 0h${s}v${s}h-${s}z`,
  amiss: (s) => `M0 0l${s} ${s}M${s} 0l-${s} ${s}`,
  silent: (s) => `M0 0h${s}v${s}h-${s}zM${s / 2} 1.6v${s / 2 - 1.6}m0 1.8v.9`,
  trial: (s) => `M0 ${s / 2}a${s / 2} ${s / 2} 0 1 0 ${s} 0a${s / 2} ${s / 2} 0 1 0-${s} 0z`,
  back: (s) => `M${s} 0L0 ${s / 2} ${s} ${s}z`,
  drains: (s) => `M0 0h${s}L${s / 2} ${s}z`,
  drained: (s) => `M0 0h${s / 3}v${s}h-${s / 3}zM${(2 * s) / 3} 0h${s / 3}v${s}h-${s / 3}z`,
  empty: (s) => `M0 ${s / 2 - 1}h${s}v2h-${s}z`,
};
