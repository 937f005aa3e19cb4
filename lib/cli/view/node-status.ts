import type { AgentStatus, SessionStatus } from '../../control/status';
import { familyOfText } from '../../model/address';
import { widthsOf } from '../columns';
import { PLAIN, type Screen } from '../screen';
import { type Cell, line, lines, ownText, rowText, shownCell, type Text } from '../terminal';
import { addressText } from './objects';
import { stateCell } from './trouble';

const PEER_TYPES: Readonly<Record<SessionStatus['kind'], string>> = {
  mesh: 'node-to-node mesh',
  global: 'global',
  node: 'node specific',
  rack: 'top of rack',
  reflector: 'route reflection',
};

const HEADINGS = ['PEER ADDRESS', 'PEER TYPE', 'STATE', 'SINCE', 'INFO'];

/** Sessions of a node in the format of `calicoctl node status`. `now`: milliseconds since the epoch. */
export function nodeStatusText({ node, fabric, sessions }: AgentStatus, now: number, screen: Screen = PLAIN): Text {
  const families = (['IPv4', 'IPv6'] as const).map((family) => {
    const rows = sessions
      .filter(({ remoteAddress }) => (familyOfText(remoteAddress) === 'ipv6') === (family === 'IPv6'))
      .map((session) => rowOf(session, now));
    return lines(
      line`${family} BGP status`,
      rows.length === 0 ? line`No ${family} peers found.` : boxed(rows, screen),
      line``,
    );
  });
  const runs = line`The agent of node ${node} is running${fabric ? '' : ', with no release yet'}.`;
  return lines(runs, line``, ...families);
}

function rowOf(session: SessionStatus, now: number): Cell[] {
  const { remoteAddress, port, kind, state, since, isRetiring } = session;
  return [
    addressText(remoteAddress, port),
    PEER_TYPES[kind],
    stateCell(session, stateOf(session)),
    sinceText(since, now),
    [state, ...(isRetiring ? ['(retiring)'] : []), ...reasonOf(session)].join(' '),
  ];
}

/** As in BIRD: up, starting, or administratively down. */
const stateOf = ({ state, down }: SessionStatus): string =>
  state === 'Established' ? 'up' : down === undefined ? 'start' : 'down';

function reasonOf({ state, down, lastError }: SessionStatus): string[] {
  const reason = down ?? lastError?.text;
  return state === 'Established' || reason === undefined ? [] : [reason];
}

/** The time within the last day, otherwise the date, in local time. */
function sinceText(since: string, now: number): string {
  const at = new Date(since);
  const two = (n: number) => String(n).padStart(2, '0');
  return now - at.getTime() < 24 * 3600 * 1000
    ? [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')
    : [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(two).join('-');
}

function boxed(rows: readonly (readonly Cell[])[], screen: Screen): Text {
  const between = ' | ';
  const frame = 2 * 2;
  const room = screen.columns === undefined ? undefined : screen.columns - frame;
  const widths = widthsOf([[...HEADINGS], ...rows.map((row) => row.map(shownCell))], room, between.length);
  const rule = ownText(`+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`);
  const centred = HEADINGS.map((heading, i) =>
    heading.padStart(heading.length + Math.floor((widths[i] - heading.length) / 2)),
  );
  const inBox = (cells: readonly Cell[]) => rowText(cells, widths, screen, { left: '| ', between, right: ' |' });
  return lines(rule, inBox(centred), rule, ...rows.map(inBox), rule);
}
