import type { Command } from 'commander';
import { type AgentAnswer, statusOfAll } from '../../control/agents';
import { amissOf, limitedOf, troubleOf } from '../../control/amiss';
import { hindranceOf } from '../../control/bfd-hindrance';
import { isBfdOf, type LingeringBfd, lingeringBfd } from '../../control/bfd-status';
import { shortDigest } from '../../control/release';
import type { AgentStatus, LeftOutStatus, SessionStatus } from '../../control/status';
import { refusedCount, routeCount } from '../../control/totals';
import { EXIT } from '../exit-codes';
import { type Format, show } from '../output';
import { PLAIN, type Screen } from '../screen';
import { table } from '../table';
import { type Cell, line, lines, type Text } from '../terminal';
import { withVia } from '../via';
import { asCell, neighbourCell } from '../view/neighbour';
import { totalsText } from '../view/totals';
import { stateCell } from '../view/trouble';

/**
 * `peerform status`: nodes of the fabric, what they run, and every session. Exits with 1 if an agent does not respond,
 * and with `--check` if anything is wrong.
 */
export function register(program: Command): void {
  withVia(program.command('status'))
    .description(
      'show what the fabric has in all and what is wrong with it, then its nodes, what they run, and every session; ROUTES IN says how many of those received are accepted, and how many are looped: what a neighbour sends back that went through this AS or its cluster before',
    )
    .option('--check', 'exit with 1 if a session that should be up is down, or a route is not in the kernel')
    .action(async ({ via, output, check }: { via: string; output: Format; check?: boolean }) => {
      const answers = await statusOfAll(via);
      await show(output, { data: answers, table: (screen) => describeStatus(answers, screen) });
      const isAmiss = ({ status, error }: AgentAnswer) => error || (check && status && amissOf(status).length > 0);
      if (answers.some(isAmiss)) process.exitCode = EXIT.failed;
    });
}

/** Status of a fleet for users: a table of nodes and one of sessions. */
export function describeStatus(answers: readonly AgentAnswer[], screen: Screen = PLAIN): Text {
  const firstOf = new Map<string, string>(); // Each reason is shown once: it is long, and usually common to a whole wave.
  const told = (node: string, reason: string): string => {
    const first = firstOf.get(reason);
    if (first === undefined) firstOf.set(reason, node);
    return first === undefined ? reason : `as on ${first}`;
  };
  const nodes = answers.map(({ node, status, error }) =>
    status
      ? nodeRow(status, (reason) => told(node, reason))
      : [node, '', '', '', '', { text: `no status: ${error}`, style: 'red' } as const],
  );
  const sessions = answers.flatMap(
    ({ status }) => status?.sessions.map((session) => sessionRow(status.node, session)) ?? [],
  );
  const parts = [
    totalsText(answers, screen),
    line``,
    table(['NODE', 'AS', 'RELEASE', 'ACTIVATION', 'KERNEL', 'STATE'], nodes, screen),
  ];
  if (sessions.length > 0)
    parts.push(
      line``,
      table(['NODE', 'NEIGHBOUR', 'AS', 'WHY', 'STATE', 'SINCE', 'ROUTES IN', 'OUT', 'LAST ERROR'], sessions, screen),
    );
  const leftOut = answers.flatMap(({ status }) => status?.leftOut?.map((one) => leftOutLine(status.node, one)) ?? []);
  const slow = answers.flatMap(({ status }) => (status?.kernel.movesSlowly ? [slowLine(status.node)] : []));
  const late = answers.flatMap(({ status }) => (status?.bfd?.isRealTime === false ? [lateLine(status.node)] : []));
  const lingering = answers.flatMap(
    ({ status }) => status?.bfd?.lingering?.flatMap((one) => lingeringLine(status, one)) ?? [],
  );
  for (const more of [slow, late, lingering, leftOut]) if (more.length > 0) parts.push(line``, ...more);
  return lines(...parts, line``);
}

const slowLine = (node: string): Text =>
  line`${node}: more than 100,000 routes, and net.ipv4.nexthop_compat_mode is 1: when a next hop moves, the kernel takes 1 s for a million; see --compact-nexthops`;

const lateLine = (node: string): Text =>
  line`${node}: BFD has no real-time scheduling: with intervals below 300 ms, neighbours that are up may be reported down; see docs/bfd.md`;

/** What to do about BFD that goes on; the neighbour must not lose it where the release has it at the other port. */
function lingeringLine({ node, sessions }: AgentStatus, one: LingeringBfd): Text[] {
  const { localAddress, remoteAddress, interface: link } = one;
  const watched = sessions.find((session) => session.bfd && isBfdOf(one, session));
  const who = `BFD with ${remoteAddress}${link === undefined ? '' : `%${link}`} (from ${localAddress})`;
  if (!watched)
    return [
      line`${node}: ${who} is no longer in the release, and goes on until the neighbour ends it: remove it there`,
    ];
  if (lingeringBfd({ lingering: [one] }, watched))
    return [
      line`${node}: ${who} at UDP port ${one.port} is no longer in the release, which has it at the other port: remove this one at the neighbour`,
    ];
  const { hindrance, text } = hindranceOf(watched.bfd!) ?? {};
  return hindrance === 'port'
    ? [line`${node}: ${who} is not up: ${text}: set multihop of bfd to what the neighbour has, or change the neighbour`]
    : [];
}

const leftOutLine = (node: string, { count, what, last }: LeftOutStatus): Text =>
  line`${node}: ${count} ${what} were left out of log and events since its start, the last at ${last.replace(/\.\d+Z$/, 'Z')}`;

const SERVICE = { full: '', leaving: ', drains', none: ', out of service' } as const;

function nodeRow(status: AgentStatus, told: (reason: string) => string): Cell[] {
  const { node, asNumber, transaction, kernel, service } = status;
  const { active, returnsInMs, returned, drained } = transaction;
  const by = drained ? ` (${drained.by}, ${drained.at.replace(/\.\d+Z$/, 'Z')})` : '';
  const state = !active
    ? `no release${returned ? `, rolled back: ${told(returned.reason)}` : ''}`
    : returnsInMs !== null
      ? `rolls back in ${Math.ceil(returnsInMs / 1000)} s unless confirmed`
      : returned
        ? `rolled back: ${told(returned.reason)}`
        : 'confirmed';
  const amiss = amissOf(status);
  const limited = limitedOf(status);
  const isUnsettled = !active || returnsInMs !== null || service !== 'full';
  return [
    node,
    String(asNumber ?? ''),
    active ? shortDigest(active.release) : '',
    String(active?.activation ?? ''),
    `${kernel.installed}/${kernel.wanted}${kernel.withheld?.routes ? `, ${kernel.withheld.routes} held back` : ''}`,
    {
      text: [state + SERVICE[service] + by, ...amiss, ...limited].join(', '),
      style: returned || amiss.length > 0 ? 'red' : isUnsettled || limited.length > 0 ? 'yellow' : 'green',
    },
  ];
}

function sessionRow(node: string, session: SessionStatus): Cell[] {
  const received = routeCount(session, 'received');
  const accepted = routeCount(session, 'accepted');
  const looped = routeCount(session, 'looped');
  return [
    node,
    neighbourCell(session),
    asCell(session),
    session.isRetiring ? 'retiring' : session.origin,
    stateCell(session),
    session.since.replace(/\.\d+Z$/, 'Z'),
    `${accepted}${refusedCount(session) > 0 ? ` of ${received}` : ''}${looped > 0 ? `, ${looped} looped` : ''}`,
    String(routeCount(session, 'advertised')),
    troubleOf(session),
  ];
}
