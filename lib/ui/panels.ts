import { troubleOf } from '../control/amiss';
import { shortDigest } from '../control/release';
import type { SessionStatus } from '../control/status';
import { routeCount } from '../control/totals';
import { type Markup, markup } from '../report/markup';
import { grouped } from '../report/words';
import type { Answers, CauseAnswer, RoutesAnswer } from './answers';
import { signIn } from './cards';
import { type FleetSnapshot, runningIn } from './fleet';
import { frameOf } from './frame';
import { linkTo, nodeLink } from './links';
import { FINE, NODE_LOOKS, SESSION_LOOKS } from './looks';
import { nodeStateOf } from './node-state';

/** Maximum number of sessions listed; those that are down come first. */
const MOST = 100;

const panel = (title: string, content: Markup): Markup => markup`<h2 id="panel-title">${title}</h2>${content}`;

const isUp = ({ state }: SessionStatus): boolean => state === 'Established';

/** Details of a node and all of its sessions. */
export function nodePanel(fleet: FleetSnapshot, name: string, now: number): Markup | undefined {
  const node = fleet.nodes.find((one) => one.name === name);
  if (!node) return undefined;
  const { status } = node;
  const states = nodeStateOf(node, now).all;
  const facts = status
    ? [
        `AS ${status.asNumber ?? 'not known'}`,
        status.routerId === undefined ? '' : `router id ${status.routerId}`,
        status.transaction.active
          ? `activation ${status.transaction.active.activation} of release ${shortDigest(status.transaction.active.release)}`
          : '',
        `${grouped(status.kernel.installed)} of ${grouped(status.kernel.wanted)} routes in the kernel`,
        `agent ${status.version}`,
      ].filter((fact) => fact !== '')
    : [];
  return panel(
    `Node ${name}`,
    markup`<ul class="problems">${states.flatMap(({ look, words }) => words.map((word) => markup`<li>${signIn(look === 'fine' ? FINE : NODE_LOOKS[look])}${word}</li>`))}</ul>
<p>${facts.join(', ')}</p><p>${linkTo('routes', { node: name }, `Routes of ${name}`)}</p>
${
  status &&
  sessionTable(
    status.sessions.map((session) => ({ node: name, session })),
    'Neighbour',
  )
}`,
  );
}

/** Sessions of all nodes with an outside neighbour, found by one of its addresses. */
export function neighbourPanel(fleet: FleetSnapshot, address: string): Markup | undefined {
  const { before, after } = runningIn(fleet);
  const frame = frameOf(
    before,
    after,
    fleet.nodes.map(({ name }) => name),
  );
  const place = frame.places.find(({ called }) => called.includes(address));
  if (!place) return undefined;
  const sessions = fleet.nodes.flatMap(({ name, status }) =>
    (status?.sessions ?? []).flatMap((session) =>
      frame.placeOf(session) === place.id ? [{ node: name, session }] : [],
    ),
  );
  return panel(
    `Neighbour ${place.name}`,
    markup`<p>${place.detail}</p>${sessions.length === 0 ? markup`<p>No node has a session with it.</p>` : sessionTable(sessions, 'Node')}`,
  );
}

interface Row {
  readonly node: string;
  readonly session: SessionStatus;
}

/** Table of sessions. `end`: which end of each session is shown. */
function sessionTable(rows: readonly Row[], end: 'Neighbour' | 'Node'): Markup {
  const sorted = [...rows].sort((a, b) => Number(isUp(a.session)) - Number(isUp(b.session)));
  const shown = sorted.slice(0, MOST);
  const headings = [end, 'Address', 'State', 'Since', 'Routes in', 'Out', 'Trouble'];
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Sessions"><table><caption>${grouped(rows.filter(({ session }) => isUp(session)).length)} of ${grouped(rows.length)} sessions are up.</caption><thead><tr>${headings.map((one) => markup`<th scope="col">${one}</th>`)}</tr></thead><tbody>
${shown.map(({ node, session }) => {
  const look = isUp(session) ? 'up' : session.expectsDown || session.isRetiring ? 'off' : 'down';
  const { remoteNode, remoteAddress, origin } = session;
  const name = end === 'Node' ? nodeLink(node) : remoteNode === undefined ? markup`${origin}` : nodeLink(remoteNode);
  return markup`<tr><th scope="row">${name}</th><td>${linkTo('why', { node, about: remoteAddress }, remoteAddress)}</td><td>${signIn(look === 'up' ? FINE : SESSION_LOOKS[look])}${session.state}</td><td>${session.since.replace(/\.\d+Z$/, 'Z')}</td><td>${grouped(routeCount(session, 'accepted'))}</td><td>${grouped(routeCount(session, 'advertised'))}</td><td>${troubleOf(session)}</td></tr>
`;
})}</tbody></table></div>${rows.length > shown.length ? markup`<p class="about">and ${grouped(rows.length - shown.length)} more</p>` : undefined}`;
}

/** Routes of a node, optionally to one prefix. */
export const routesPanel = (node: string, prefix: string | undefined, table: RoutesAnswer): Markup =>
  panel(
    prefix === undefined ? `Routes of ${node}` : `Routes of ${node} to ${prefix}`,
    markup`<p>${nodeLink(node)}</p>${routeTable(node, table)}`,
  );

function routeTable(node: string, { headings, rows, isCut }: RoutesAnswer): Markup {
  if (rows.length === 0) return markup`<p>There is no such route.</p>`;
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Routes"><table class="routes"><caption>${isCut ? `The first ${grouped(rows.length)} routes; ask for a prefix below the picture to see others.` : `${grouped(rows.length)} ${rows.length === 1 ? 'route' : 'routes'}; * is the best one to its prefix.`}</caption><thead><tr>${headings.map((one) => markup`<th scope="col">${one === '' ? 'best' : one.toLowerCase()}</th>`)}</tr></thead><tbody>
${rows.map(
  ({
    prefix,
    cells,
  }) => markup`<tr>${cells.map((cell) => markup`<td>${cell === prefix ? linkTo('why', { node, about: prefix }, prefix) : cell}</td>`)}</tr>
`,
)}</tbody></table></div>`;
}

/** Why a node has, or does not have, a route or session. */
export const whyPanel = (
  node: string,
  about: string,
  { causes, errors }: Answers,
  routes: RoutesAnswer | undefined,
): Markup =>
  panel(
    `Why: ${about} at ${node}`,
    markup`<p>${nodeLink(node)}</p><ul class="causes">${causes.map(causeItem)}</ul>${
      errors.length === 0
        ? undefined
        : markup`<h3>What went wrong</h3><ul class="log">${errors.map(({ at, neighbour, text }) => markup`<li><time>${at.replace(/\.\d+Z$/, 'Z')}</time> <strong>${neighbour}</strong> ${text}</li>`)}</ul>`
    }${routes && markup`<h3>Routes to it</h3>${routeTable(node, routes)}`}`,
  );

const causeItem = ({ title, where, text, fix, isFine }: CauseAnswer): Markup =>
  markup`<li>${signIn(isFine ? FINE : SESSION_LOOKS.down)}<strong>${title}</strong> <span class="about">${where}</span><br>${text}${fix === '' ? undefined : markup`<br><span class="about">${fix}</span>`}</li>`;

/** Shown if there is nothing to show. */
export const problemPanel = (text: string): Markup => panel('Not found', markup`<p role="alert">${text}</p>`);
