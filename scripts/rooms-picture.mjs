#!/usr/bin/env node
// Draws the rooms of lib/ and what they may import, from the table that the lint goes by: docs/images/rooms.svg. A test
// holds the file against it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const BOX = { width: 132, height: 46, gapX: 26, gapY: 44 };

/** The rooms by which a prefix gets from a construct into the kernel, and an UPDATE from a neighbour. */
const WALKS = [
  {
    name: 'a prefix',
    className: 'p',
    rooms: ['constructs', 'model', 'provider', 'control', 'agent', 'node', 'bgp', 'kernel'],
  },
  { name: 'an UPDATE', className: 'u', rooms: ['bgp', 'agent', 'kernel'] },
];

const { rooms: table, pure } = JSON.parse(readFileSync(join(root, 'scripts/rooms.json'), 'utf8'));
const nameOf = (path) => path.split('/')[0];
const rooms = Object.keys(table).filter((name) => !name.includes('.'));
const imports = new Map(rooms.map((name) => [name, new Set(table[name].map(nameOf).filter((one) => one !== name))]));

/** How many rooms lie below at the deepest. */
const level = (name) => Math.max(-1, ...[...imports.get(name)].map(level)) + 1;
/** Whether a room is reached by another that is imported anyway: such an arrow tells nothing. */
const isReached = (from, to) =>
  [...imports.get(from)].some((one) => one !== to && (imports.get(one).has(to) || isReached(one, to)));

const levels = [];
for (const name of rooms) {
  levels[level(name)] ??= [];
  levels[level(name)].push(name);
}
const widest = Math.max(...levels.map((names) => names.length));
const width = widest * (BOX.width + BOX.gapX) + BOX.gapX + 240;
const height = levels.length * (BOX.height + BOX.gapY) + BOX.gapY + 20;
const places = new Map(
  levels.flatMap((names, at) => {
    // Out of line with the level above, so that an arrow past one room does not seem to end there.
    const left = (width - names.length * (BOX.width + BOX.gapX) + BOX.gapX) / 2 + [-110, 20, 110, -45][at % 4];
    const y = BOX.gapY / 2 + (levels.length - 1 - at) * (BOX.height + BOX.gapY);
    return names.map((name, i) => [name, { x: left + i * (BOX.width + BOX.gapX), y }]);
  }),
);

const arrows = rooms.flatMap((from) =>
  [...imports.get(from)]
    .filter((to) => !isReached(from, to))
    .map((to) => {
      const [a, b] = [places.get(from), places.get(to)];
      const [x1, y1, x2, y2] = [a.x + BOX.width / 2, a.y + BOX.height, b.x + BOX.width / 2, b.y - 2];
      return `<path d="M${x1} ${y1}C${x1} ${y1 + 30} ${x2} ${y2 - 30} ${x2} ${y2}" marker-end="url(#to)"/>`;
    }),
);
const badges = (name, { x, y }) =>
  WALKS.flatMap(({ rooms: walk, className }, row) => {
    const at = walk.indexOf(name);
    const cx = x + BOX.width - 12 - 20 * row;
    return at < 0
      ? []
      : [
          `<circle class="${className}" cx="${cx}" cy="${y}" r="9"/><text class="n" x="${cx}" y="${y + 4}">${at + 1}</text>`,
        ];
  }).join('');
const boxes = [...places].map(
  ([name, place]) =>
    `<rect class="${pure.includes(name) ? 'pure' : 'room'}" x="${place.x}" y="${place.y}" width="${BOX.width}" height="${BOX.height}" rx="6"/><text x="${place.x + BOX.width / 2}" y="${place.y + BOX.height / 2 + 5}">${name}</text>${badges(name, place)}`,
);
const style =
  'text{font:14px ui-sans-serif,system-ui,"Liberation Sans",sans-serif;text-anchor:middle;fill:#14202b}.n{font-size:11px;fill:#fff}path{fill:none;stroke:#8a97a5}rect{stroke:#526070}.pure{fill:#e4f0e6}.room{fill:#fff}.p{fill:#1f5fa8}.u{fill:#a3470f}.bg{fill:#f4f6f8;stroke:none}.k{font-size:12px;text-anchor:start}';
const key = `<g transform="translate(14 ${height - 20})"><rect class="pure" width="16" height="12" y="-10"/><text class="k" x="22">pure</text><circle class="p" cx="72" cy="-4" r="7"/><text class="k" x="84">the way of a prefix from a construct to the kernel</text><circle class="u" cx="412" cy="-4" r="7"/><text class="k" x="424">the way of an UPDATE</text></g>`;

export const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t"><title id="t">The rooms of lib, and what each imports: an arrow leads to what is imported, unless it follows from others.</title><style>${style}</style><defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#8a97a5"/></marker></defs><rect class="bg" width="${width}" height="${height}"/>${arrows.join('')}${boxes.join('')}${key}</svg>\n`;

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(join(root, 'docs/images/rooms.svg'), picture);
