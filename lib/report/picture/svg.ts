import { Markup, markup } from '../markup';
import { grouped } from '../words';
import type { Chip } from './boxes';
import { shortened } from './chips';
import { type Layout, layoutOf } from './layout';
import type { Line, Port } from './lines';
import { MARK_WORDS, MARKS, type Mark } from './marks';
import type { Picture } from './picture';
import type { Place } from './place';

/** CSS classes and descriptions of marks. */
const MARK_CLASSES: Readonly<Record<Mark, string>> = {
  removed: 'rem',
  reset: 'rst',
  added: 'add',
  retuned: 'ret',
  kept: 'kep',
};

/** Icons within ±4 of their centre. Colour must not be the only distinction between marks. */
const SIGNS: Readonly<Record<Mark | 'cut', string>> = {
  added: 'M-3.5 0H3.5M0-3.5V3.5',
  removed: 'M-2.7-2.7L2.7 2.7M2.7-2.7L-2.7 2.7',
  reset: 'M3.3 1.2A3.5 3.5 0 1 1 2.6-2.4M3.2-4.4V-1.8H.6',
  retuned: 'M-3.6 1C-2.4-3-1.2-3 0 0S2.4 3 3.6-1',
  kept: '',
  cut: 'M0-3.8V.8M0 3.4V3.6',
};

/** Shapes of 9 by 9 cells, from the upper left corner. */
const SHAPES: Readonly<Record<Mark | 'cut', (side: number) => string>> = {
  kept: (s) => `h${s}v${s}h-${s}z`,
  removed: (s) => `l${s} ${s}m0-${s}l-${s} ${s}`,
  reset: (s) =>
    `m${s / 2}-.8l${s / 2 + 0.8} ${s / 2 + 0.8}-${s / 2 + 0.8} ${s / 2 + 0.8}-${s / 2 + 0.8}-${s / 2 + 0.8}z`,
  added: (s) =>
    `m${s / 3} 0h${s / 3}v${s / 3}h${s / 3}v${s / 3}h-${s / 3}v${s / 3}h-${s / 3}v-${s / 3}h-${s / 3}v-${s / 3}h${s / 3}z`,
  retuned: (s) => `m0 ${s / 2}a${s / 2} ${s / 2} 0 1 0 ${s} 0a${s / 2} ${s / 2} 0 1 0-${s} 0z`,
  cut: (s) => `h${s}v${s}h-${s}zm${s / 2} 1.2v${s / 2 - 1}m0 1.8v.9`,
};

const rounded = (path: string): string =>
  path.replace(/\d+\.\d{2,}/g, (found) => String(Number(Number(found).toFixed(1))));

/** CSS classes of an element: its mark, and the step from which it shows. */
const classesOf = (kind: string, mark: Mark | 'cut', at: number): string =>
  `${kind} ${mark === 'cut' ? 'cut' : MARK_CLASSES[mark]}${mark === 'kept' ? '' : ` t${at}`}`;

/** An icon only, for legends and headings. */
export const signOf = (mark: Mark | 'cut'): Markup =>
  markup`<svg class="sign ${mark === 'cut' ? 'cut' : MARK_CLASSES[mark]}" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true"><circle r="7"/><path d="${SIGNS[mark]}"/></svg>`;

/** The picture. `style`: embedded if it stands alone. */
export function svgOf(picture: Picture, title: string, description: string, style?: Markup): Markup {
  const layout = layoutOf(picture);
  const { width, height, bands } = layout;
  const legend = legendOf(picture, height + 30);
  const whole = height + 30 + legend.height;
  return markup`<svg class="net" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${whole}" width="${width}" height="${whole}" role="img" aria-labelledby="net-title net-text"><title id="net-title">${title}</title><desc id="net-text">${description}</desc>${style && markup`<style>${style}</style>`}
${bands.map(
  ({
    title: name,
    box,
  }) => markup`<rect class="band" x="${box.x + 0.5}" y="${box.y + 0.5}" width="${box.w - 1}" height="${box.h - 1}" rx="10"/><text class="bt" x="16" y="${box.y + 27}">${name}</text>
`,
)}${layout.lines.map(lineMarkup)}${layout.tiles.map(
  ({
    title: name,
    box,
  }) => markup`<g><title>${name}</title><rect class="tile" x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" rx="8"/><text class="tt" x="${box.x + 10}" y="${box.y + 16}">${shortened(name)}</text></g>
`,
)}${layout.lines.map(signMarkup)}${layout.chips.map(chipMarkup)}${layout.ports.map(portMarkup)}${cellMarkup(layout)}${legend.content}</svg>`;
}

function lineMarkup({ mark, at, path, isBundle, ends, sessions }: Line): Markup {
  const text = `${ends[0]} – ${ends[1]}: ${sessions} ${sessions === 1 ? 'session' : 'sessions'} ${MARK_WORDS[mark]}`;
  return markup`<path class="${classesOf('e', mark, at)}${isBundle ? ' many' : ''}" d="${path}"><title>${text}</title></path>
`;
}

function signMarkup({ mark, at, middle: [x, y], isBundle, sessions }: Line): Markup | undefined {
  const count = isBundle ? markup`<text class="ec" x="11" y="4">${grouped(sessions)}</text>` : undefined;
  if (mark === 'kept') return count && markup`<g class="s kep" transform="translate(${x} ${y})">${count}</g>`;
  return markup`<g class="${classesOf('s', mark, at)}" transform="translate(${x} ${y})"><circle r="7"/><path d="${SIGNS[mark]}"/>${count}</g>
`;
}

const lookOf = ({ mark, loses }: Place): Mark | 'cut' => (loses === 'all' ? 'cut' : mark);

function chipMarkup({ place, box: { x, y, w, h } }: Chip): Markup {
  const { name, detail, at, loses } = place;
  const look = lookOf(place);
  const note = loses === 'all' ? ': loses every path' : loses === 'some' ? ': loses a path' : '';
  return markup`<g class="${classesOf('n', look, at)}${loses === 'some' ? ` less t${at}` : ''}" transform="translate(${x} ${y})"><title>${name}, ${detail}${note}</title><rect width="${w}" height="${h}" rx="7"/><text class="nn" x="${w / 2}" y="18">${shortened(name)}</text><text class="nd" x="${w / 2}" y="33">${shortened(detail)}</text>${look === 'kept' ? undefined : markup`<g class="s" transform="translate(${w - 2} 2)"><circle r="7"/><path d="${SIGNS[look]}"/></g>`}</g>
`;
}

const portMarkup = ({ x, y, mark, at, sessions }: Port): Markup =>
  markup`<g class="${classesOf('s port', mark, at)}" transform="translate(${x} ${y})"><title>${sessions} ${MARK_WORDS[mark]} with other nodes</title><circle r="7"/><path d="${mark === 'kept' ? 'M-2.5-1.2H2.5M-2.5 1.2H2.5' : SIGNS[mark]}"/></g>
`;

/** All cells with the same look are one path, so that thousands of them stay small. */
function cellMarkup({ cells, cell }: Layout): Markup[] {
  const paths = new Map<string, string[]>();
  for (const { place, x, y } of cells) {
    const own = lookOf(place);
    const look = own === 'kept' ? place.gravest : own;
    const key = classesOf('c', look, place.at);
    paths.set(key, [...(paths.get(key) ?? []), `M${x} ${y}${rounded(SHAPES[look](cell))}`]);
  }
  return [...paths].map(
    ([classes, all]) => markup`<path class="${classes}" d="${Markup.own(all.join(''))}"/>
`,
  );
}

/** Legend of colours and icons with numbers of sessions, then the reasons. */
function legendOf(
  { counts, reasons, links }: Picture,
  y: number,
): { readonly content: Markup; readonly height: number } {
  const items = MARKS.filter((mark) => counts[mark] > 0).reverse();
  let x = 16;
  const content = items.map((mark) => {
    const text = `${grouped(counts[mark])} ${MARK_WORDS[mark]}`;
    const at = x;
    x += 52 + text.length * 6.9;
    return markup`<g class="k ${MARK_CLASSES[mark]}" transform="translate(${Math.round(at)} ${y})">${
      links
        ? markup`<path class="e ${MARK_CLASSES[mark]}" d="M0 0H28"/>`
        : markup`<path class="c ${MARK_CLASSES[mark]}" d="M10-4.5${rounded(SHAPES[mark](9))}"/>`
    }${mark === 'kept' || !links ? undefined : markup`<g class="s ${MARK_CLASSES[mark]}" transform="translate(14 0)"><circle r="7"/><path d="${SIGNS[mark]}"/></g>`}<text x="36" y="4">${text}</text></g>
`;
  });
  const shown = reasons.slice(0, MOST_REASONS);
  const bars = shown.map(
    (
      { mark, reason, number, of },
      i,
    ) => markup`<g class="r ${MARK_CLASSES[mark]}" transform="translate(16 ${y + 30 + 22 * i})"><rect class="bar" width="160" height="8" y="-4" rx="4"/><rect class="part" width="${Math.max(3, Math.round((160 * number) / Math.max(1, of)))}" height="8" y="-4" rx="4"/><text x="172" y="4">${grouped(number)} of ${grouped(of)} ${MARK_WORDS[mark]}: ${shortened(reason, 60)}</text></g>
`,
  );
  return { content: markup`${content}${bars}`, height: 20 + (shown.length > 0 ? 14 + 22 * shown.length : 0) };
}

const MOST_REASONS = 6;
