import type { AgentStatus, SessionStatus } from '../../control/status';
import { addressText } from './objects';

const PEER_TYPES: Readonly<Record<SessionStatus['kind'], string>> = {
  mesh: 'node-to-node mesh',
  global: 'global',
  node: 'node specific',
  rack: 'top of rack',
  reflector: 'route reflection',
};

const HEADINGS = ['PEER ADDRESS', 'PEER TYPE', 'STATE', 'SINCE', 'INFO'];

/** The sessions of a node as `calicoctl node status` shows them. `now` in milliseconds of the epoch. */
export function nodeStatusText({ node, fabric, sessions }: AgentStatus, now: number): string {
  const families = (['IPv4', 'IPv6'] as const).map((family) => {
    const rows = sessions
      .filter(({ remoteAddress }) => remoteAddress.includes(':') === (family === 'IPv6'))
      .map((session) => rowOf(session, now));
    return `${family} BGP status\n${rows.length === 0 ? `No ${family} peers found.` : boxed(rows)}\n`;
  });
  return [`The agent of node ${node} is running${fabric ? '' : ', with no release yet'}.\n`, ...families].join('\n');
}

function rowOf(session: SessionStatus, now: number): string[] {
  const { remoteAddress, port, kind, state, since, isRetiring } = session;
  return [
    addressText(remoteAddress, port),
    PEER_TYPES[kind],
    stateOf(session),
    sinceText(since, now),
    [state, ...(isRetiring ? ['(retiring)'] : []), ...reasonOf(session)].join(' '),
  ];
}

/** As BIRD tells it: a session is up, on its way up, or kept down. */
const stateOf = ({ state, down }: SessionStatus): string =>
  state === 'Established' ? 'up' : down === undefined ? 'start' : 'down';

function reasonOf({ state, down, lastError }: SessionStatus): string[] {
  const reason = down ?? lastError?.text;
  return state === 'Established' || reason === undefined ? [] : [reason];
}

/** The time of the last day, before that the date, both of this machine's clock. */
function sinceText(since: string, now: number): string {
  const at = new Date(since),
    two = (n: number) => String(n).padStart(2, '0');
  return now - at.getTime() < 24 * 3600 * 1000
    ? [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')
    : [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(two).join('-');
}

function boxed(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i].length)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const centred = HEADINGS.map((heading, i) =>
    heading.padStart(heading.length + Math.floor((widths[i] - heading.length) / 2)).padEnd(widths[i]),
  );
  return [
    rule,
    line(centred),
    rule,
    ...rows.map((row) => line(row.map((cell, i) => cell.padEnd(widths[i])))),
    rule,
  ].join('\n');
}
