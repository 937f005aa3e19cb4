import type { Fabric } from '../model/fabric';
import { type KeptLocalAs, localAsAfter, sessionsWith } from '../node/local-as';
import { demandsAt, mayResetAt, needNotBeUp } from '../node/trial';
import { FabricSlices } from '../topology/fabric-slice';
import { readSessionKey } from '../topology/session';
import { onCommonLinks } from './common-links';
import { outsideEnds } from './outside-ends';
import { names } from './words';

/** What the gate demands of sessions with an outside neighbour that a change adds, replaces or resets. */
export interface GateDemand {
  /** The entry that defines them. */
  readonly origin: string;
  readonly remoteAddress: string;
  /** Expected AS number of the neighbour. */
  readonly remoteAs: number;
  /** Whether the AS number changed, or the neighbour is new, and a certain number is expected. */
  readonly isNewAs: boolean;
  readonly what: 'new' | 'replaced' | 'reset' | 'mayReset';
  /** Why it may be reset, if that is not certain. */
  readonly reason?: string;
  /** Address of the neighbour that it replaces. */
  readonly replaces?: string;
  /** Names of nodes. */
  readonly nodes: readonly string[];
}

/**
 * What the gate of the next deploy demands of outside neighbours, computed by the function that agents use on
 * activation. Nothing is demanded for new nodes; dynamic neighbours are known only to agents. `kept`: local AS numbers
 * that nodes keep towards neighbours from earlier changes.
 */
export function gateDemandsOf(was: Fabric, is: Fabric, localAs: KeptLocalAs = {}): GateDemand[] {
  const links = onCommonLinks(was, is);
  const [before, after, kept] = [links.before, links.after, links.kept(localAs)];
  const found = new Map<string, GateDemand & { nodes: string[] }>();
  const parts = [before, after].map((fabric) => FabricSlices.of(fabric));
  for (const node of Object.keys(after.nodes)) {
    if (!before.nodes[node]) continue;
    const [was, is] = parts.map((one) => one.of([node], ['outside']));
    const held = { fabric: was, ...(kept[node] && { localAs: kept[node] }) };
    const localAs = localAsAfter(held, is, node);
    const next = { fabric: is, localAs };
    const changed = demandsAt(held, next, node).filter(({ isChanged }) => isChanged);
    if (changed.length === 0) continue;
    const mayReset = mayResetAt(held, next, node);
    const old = new Map(sessionsWith(was, node, held.localAs).map((session) => [session.key, session.remoteAs.value]));
    const now = new Map(sessionsWith(is, node, localAs).map((session) => [session.key, session]));
    for (const { session, origin, remoteAddress, before: one, replaces } of changed) {
      const { anyExternal, ...expected } = now.get(session)!;
      const reason = one === 'none' || replaces !== undefined ? undefined : mayReset(session);
      const reset = reason === undefined ? 'reset' : 'mayReset';
      const what = one === 'none' ? 'new' : replaces === undefined ? reset : 'replaced';
      const remoteAs = expected.remoteAs.value;
      const former = replaces && readSessionKey(replaces).remote;
      const key = [origin, remoteAddress, remoteAs, what, reason, former].join(' ');
      const known = found.get(key);
      if (known) known.nodes.push(node);
      else
        found.set(key, {
          ...{ origin, remoteAddress, remoteAs, what, nodes: [node] },
          ...(reason !== undefined && { reason }),
          isNewAs: !anyExternal && old.get(session) !== remoteAs,
          ...(former !== undefined && former !== remoteAddress && { replaces: former }),
        });
    }
  }
  return [...found.values()];
}

/** The AS number that a release expects of a node's neighbour. */
export interface AsClaim {
  readonly node: string;
  readonly origin: string;
  readonly remoteAddress: string;
  readonly remoteAs: number;
}

/**
 * The AS numbers that a release expects of outside neighbours of some nodes whose sessions must come up; dynamic
 * neighbours may have several.
 */
export const asClaimsOf = (fabric: Fabric, nodes: readonly string[]): AsClaim[] =>
  outsideEnds(fabric, nodes)
    .filter(({ session }) => !needNotBeUp(session) && !session.anyExternal)
    .map(({ node, session: { origin, remoteAddress, remoteAs } }) => ({
      ...{ node, origin, remoteAddress: String(remoteAddress), remoteAs: remoteAs.value },
    }));

const WORDS: Readonly<Record<GateDemand['what'], string>> = {
  new: 'is new and must come up',
  replaced: 'must come up; the session it replaces stays up until the commit',
  reset: 'is reset and must come up again',
  mayReset: 'may be reset, and must then come up again',
};

/** One line for users. */
export const describeDemand = ({ origin, remoteAddress, replaces, what, reason, nodes }: GateDemand): string =>
  `${remoteAddress}${replaces === undefined ? '' : ` in place of ${replaces}`} (${origin}) with ${names(nodes)}: ${WORDS[what]}${reason === undefined ? '' : ` (${reason})`}`;
