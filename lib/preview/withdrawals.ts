import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import { Problem } from '../model/problem';
import { isMeantBy } from '../topology/link-end';
import type { OutsideRoutes, OutsideSession } from '../topology/outside-routes';
import type { ChangedSessions } from './impact';
import { names, neighbourOrRange } from './words';

/**
 * An outside neighbour that drops the routes of nodes while a change resets its sessions with them: traffic from it to
 * them is lost meanwhile.
 */
export interface Withdrawal {
  /** Its address, or its prefix if it is dynamic. */
  readonly neighbour: string;
  /** Names of nodes. */
  readonly nodes: readonly string[];
  /** Whether this is certain; otherwise nothing is known about it. */
  readonly isSure: boolean;
  /** Whether the reset is not certain. Unset: it is. */
  readonly mayStayUp?: true;
}

/**
 * Neighbours that do not retain routes over a reset, as far as nodes know; a neighbour without an established session
 * has nothing to lose. `sessions`: all that change; `isNode`: whether an address or name belongs to the fabric. `shut`:
 * sessions that are shut down before or after.
 */
export function withdrawalsOf(
  sessions: readonly ChangedSessions[],
  outside: OutsideRoutes,
  isNode: (name: string) => boolean,
  shut: ReadonlySet<string> = new Set(),
): Withdrawal[] {
  const found = new Map<string, Withdrawal & { nodes: string[] }>();
  const isUnasked = outside.sessions.length === 0 && Object.keys(outside.unknown).length === 0;
  const silent = new Set(Object.values(outside.unknown).flat());
  const note = (neighbour: string, node: string, isSure: boolean, mayStayUp: boolean) => {
    const key = `${neighbour} ${isSure} ${mayStayUp}`;
    const known = found.get(key);
    if (!known) found.set(key, { neighbour, nodes: [node], isSure, ...(mayStayUp && { mayStayUp }) });
    else if (!known.nodes.includes(node)) known.nodes.push(node);
  };
  for (const { change, otherwise, from, to } of sessions) {
    if (change !== 'reset' || to.length !== 1 || isNode(to[0])) continue;
    const isMeant = meaning(to[0]);
    const mayStayUp = otherwise !== undefined;
    for (const node of from) {
      if (shut.has(sessionName(node, to[0]))) continue;
      const up = outside.sessions.filter((session) => session.node === node && isMeant(session));
      for (const { remoteAddress, retains } of up)
        if (retains === undefined || retains === 'nothing') note(remoteAddress, node, retains !== undefined, mayStayUp);
      if (up.length === 0 && (isUnasked || silent.has(node))) note(to[0], node, false, mayStayUp);
    }
  }
  return [...found.values()].sort((a, b) => Number(b.isSure) - Number(a.isSure));
}

/** Key of a session in {@link withdrawalsOf}. */
export const sessionName = (node: string, neighbour: string): string => `${node} ${neighbour}`;

/** Whether a session is with this neighbour, or with one from this prefix. */
function meaning(to: string): (session: OutsideSession) => boolean {
  const range = Prefix.parse(to);
  return range instanceof Problem
    ? ({ remoteAddress }) => isMeantBy(remoteAddress, to)
    : ({ remoteAddress }) => {
        const address = IpAddress.parse(remoteAddress);
        return address instanceof IpAddress && range.contains(Prefix.host(address));
      };
}

/** One line for users. */
export function describeWithdrawal({ neighbour, nodes, isSure, mayStayUp }: Withdrawal): string {
  const isOne = !isRange(neighbour);
  const down = isOne && nodes.length === 1 ? 'its session is' : `${isOne ? 'its' : 'their'} sessions are`;
  const ifReset = mayStayUp ? `, if ${isOne && nodes.length === 1 ? 'it is' : 'they are'} reset` : '';
  const [withdraws, supports] = isOne ? ['withdraws', 'it supports'] : ['withdraw', 'they support'];
  return isSure
    ? `${neighbourOrRange(neighbour)} ${withdraws} the routes of ${names(nodes)} while ${down} down${ifReset}: ${isOne ? 'it does' : 'they do'} not support graceful restart (RFC 4724, RFC 8538)`
    : `${neighbourOrRange(neighbour)} may withdraw the routes of ${names(nodes)} while ${down} down${ifReset}: whether ${supports} graceful restart is unknown`;
}

const isRange = (neighbour: string): boolean => neighbour.includes('/');

/** Several of them in a clause. */
export function withdrawalClause(all: readonly Withdrawal[], isSure: boolean, most: number): string | undefined {
  const meant = all.filter((one) => one.isSure === isSure);
  const who = [...new Set(meant.map(({ neighbour }) => neighbour))];
  if (who.length === 0) return undefined;
  const one = who.length === 1 && !isRange(who[0]);
  const ifReset = meant.every(({ mayStayUp }) => mayStayUp) ? 'if its session is reset, ' : '';
  const text = `${one ? ifReset : ifReset.replace('its session is', 'their sessions are')}${names(who.map(neighbourOrRange), most)}`;
  return isSure
    ? `${text} ${one ? 'withdraws' : 'withdraw'} this fabric's routes until the session is up again, or the gate has ended (no graceful restart)`
    : `${text} may withdraw this fabric's routes until the session is up again, or the gate has ended (whether ${one ? 'it supports' : 'they support'} graceful restart is unknown)`;
}

/** How long it may last, and how to avoid it. */
export const ABOUT_WITHDRAWALS =
  'What these neighbours send to the withdrawn prefixes is lost, or takes other paths, until the session is up again. If it does not come up, that is until the gate ends (`gate.within` of the wave, 60 s by default), the wave is rolled back and the previous session is up again. Neighbours with graceful restart retain the routes meanwhile; helper mode is enough: enable it on them before the deploy.';
