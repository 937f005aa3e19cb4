import { totalsOf } from '../control/totals';
import { type Markup, markup } from '../report/markup';
import { shortened } from '../report/picture/chips';
import { grouped } from '../report/words';
import { type Deploy, type DeployedGroup, deployOf } from './deploy';
import { answersOf, type FleetSnapshot } from './fleet';
import type { PageFrame } from './frame';
import { nodeLink, placeHash } from './links';
import { NODE_LOOKS, TICK } from './looks';
import { nodeStateOf } from './node-state';

/** Maximum number of entries of a list. */
const MOST = 12;
/** Maximum number of nodes of a group listed by name. */
const NAMED = 8;

/** An icon only. */
export const signIn = ({ css, sign }: { readonly css: string; readonly sign: string }): Markup =>
  markup`<svg class="sign ${css}" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true"><circle r="7"/><path d="${sign}"/></svg>`;

/** Totals, and what is wrong. */
export function totalsCard(fleet: FleetSnapshot): Markup {
  const { shares, problems } = totalsOf(answersOf(fleet));
  const bad = problems.filter(({ kind }) => kind !== 'refused');
  return markup`<ul class="shares">${shares.map((share) => markup`<li>${share}</li>`)}</ul>${
    problems.length === 0
      ? markup`<p class="fine">Nothing is amiss.</p>`
      : markup`<ul class="problems">${problems.slice(0, MOST).map(({ text, kind }) => markup`<li>${signIn(kind === 'refused' ? NODE_LOOKS.empty : kind === 'silent' ? NODE_LOOKS.silent : NODE_LOOKS.amiss)}${text}</li>`)}</ul>${moreOf(problems.length - MOST, 'problems')}`
  }${bad.length === 0 && problems.length > 0 ? markup`<p class="fine">Routes that are not accepted may be meant: filters decide.</p>` : undefined}`;
}

const moreOf = (number: number, what: string): Markup | undefined =>
  number > 0 ? markup`<p class="about">and ${grouped(number)} more ${what}</p>` : undefined;

/** The last deploy as it went from node to node, and drained nodes. */
export function deployCard(fleet: FleetSnapshot, now: number): Markup {
  const deploy = deployOf(fleet, now);
  const drained = fleet.nodes.filter(({ status, error }) => error === undefined && status && status.service !== 'full');
  return markup`${deploy ? progress(deploy) : markup`<p>No release is deployed.</p>`}${
    drained.length === 0
      ? undefined
      : markup`<h3>Out of service</h3><ul class="problems">${drained.slice(0, MOST).map((node) => {
          const look = node.status!.service === 'none' ? 'drained' : 'drains';
          const state = nodeStateOf(node, now).all.find((one) => one.look === look);
          return markup`<li>${signIn(NODE_LOOKS[look])}${nodeLink(node.name)}: ${state?.words.join(', ')}</li>`;
        })}</ul>${moreOf(drained.length - MOST, 'nodes')}`
  }`;
}

const GROUP_LOOKS = { trial: NODE_LOOKS.trial, confirmed: NODE_LOOKS.fine, back: NODE_LOOKS.back } as const;

function progress({ activation, release, isRunning, staged, of, groups: all, rest }: Deploy): Markup {
  const isBack = all.length > 0 && all.every(({ state }) => state === 'back');
  const how = isRunning
    ? 'is being deployed'
    : isBack
      ? 'was rolled back'
      : all.length > 0
        ? 'is deployed'
        : 'is staged';
  return markup`<p>Activation ${activation} of release <code>${release}</code> ${how}: ${grouped(staged)} of ${grouped(of)} nodes have it.</p>
<ol class="waves">${all.map(groupItem)}${rest.length > 0 && isRunning ? markup`<li>${signIn(NODE_LOOKS.empty)}<strong>To come</strong> ${countOf(rest)}</li>` : undefined}</ol>`;
}

const groupItem = ({ group, nodes, state, words }: DeployedGroup): Markup =>
  markup`<li class="${GROUP_LOOKS[state].css}">${signIn({ ...GROUP_LOOKS[state], sign: GROUP_LOOKS[state].sign || TICK })}<strong>${whenOf(group)}</strong> ${countOf(nodes)}: ${words.slice(0, MOST).join('; ')}</li>`;

/** Where other nodes may have come before, as their agents were restarted, none is called the first. */
const whenOf = (group: number | undefined): string =>
  group === undefined ? 'Time unknown' : group === 1 ? 'Activated' : 'Then';

const countOf = (nodes: readonly string[]): string =>
  `${grouped(nodes.length)} ${nodes.length === 1 ? 'node' : 'nodes'} (${nodes.slice(0, NAMED).join(', ')}${nodes.length > NAMED ? ', …' : ''})`;

/** Recent events. */
export const eventsCard = ({ events }: FleetSnapshot): Markup =>
  events.length === 0
    ? markup`<li>Nothing yet.</li>`
    : markup`${events.map(({ time, node, kind, message }) => markup`<li><time>${time.slice(11, 23)}</time> <strong>${node}</strong> <span class="kind">${kind}</span> ${message}</li>`)}`;

/** The static picture. Every place is a link, and its elements have the IDs used by `marksOf`. */
export function pictureCard({ layout }: PageFrame): Markup {
  const { width, height, bands, lines, tiles, chips, ports, cells } = layout;
  return markup`<svg class="net live" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="The network: arrow keys move between its places">
${bands.map(({ title, box }) => markup`<rect class="band" x="${box.x + 0.5}" y="${box.y + 0.5}" width="${box.w - 1}" height="${box.h - 1}" rx="10"/><text class="bt" x="16" y="${box.y + 27}">${title}</text>`)}
${lines.map(({ path }, i) => markup`<path class="e" id="e${i}" d="${path}"><title></title></path>`)}
${tiles.map(({ title, box }) => markup`<g><title>${title}</title><rect class="tile" x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" rx="8"/><text class="tt" x="${box.x + 10}" y="${box.y + 16}">${shortened(title)}</text></g>`)}
${lines.map(({ middle: [x, y], isBundle }, i) => markup`<g class="s" id="s${i}" transform="translate(${x} ${y})"><title></title><circle r="7"/><path class="sg"/>${isBundle ? markup`<text class="ec tx" x="11" y="4"></text>` : undefined}</g>`)}
${chips.map(({ place, box: { x, y, w, h } }) => markup`<a class="n" id="p${place.id}" href="${placeHash(place)}" tabindex="-1" transform="translate(${x} ${y})"><title></title><rect width="${w}" height="${h}" rx="7"/><text class="nn" x="${w / 2}" y="18">${shortened(place.name)}</text><text class="nd tx" x="${w / 2}" y="33">${shortened(place.detail)}</text><g class="s" transform="translate(${w - 2} 2)"><circle r="7"/><path class="sg"/></g></a>`)}
${ports.map(({ x, y }, i) => markup`<g class="s port" id="m${i}" transform="translate(${x} ${y})"><title></title><circle r="7"/><path class="sg"/></g>`)}
${cells.map(({ place, x, y }) => markup`<a class="c" id="p${place.id}" href="${placeHash(place)}" tabindex="-1" transform="translate(${x} ${y})"><title></title><path class="sg"/></a>`)}</svg>`;
}
