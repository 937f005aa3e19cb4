import type { Fabric } from '../model/fabric';
import { type KeptLocalAs, localAsAfter, sessionsWith } from '../node/local-as';
import { demandsAt, needNotBeUp } from '../node/trial';
import { FabricSlices } from '../topology/fabric-slice';
import { readSessionKey } from '../topology/session';
import { outsideEnds } from './outside-ends';
import { names } from './words';

/** What the gate asks of sessions with an outside neighbour that a change adds, replaces or resets. */
export interface GateDemand {
  /** The entry that wants them. */
  readonly origin: string;
  readonly remoteAddress: string;
  /** The AS number that the neighbour is to be in. */
  readonly remoteAs: number;
  /** Whether it was another, or the neighbour was not there. */
  readonly isNewAs: boolean;
  readonly what: 'new' | 'replaced' | 'reset';
  /** The address of the neighbour in whose place it comes. */
  readonly replaces?: string;
  /** Names of nodes. */
  readonly nodes: readonly string[];
}

/**
 * What the gate of the next deploy asks of outside neighbours, by the function with which agents note it when they
 * activate. Of nodes that are new it asks nothing; neighbours that come from prefixes only the agents know. `kept`: the
 * AS numbers that nodes keep towards them from changes before.
 */
export function gateDemandsOf(before: Fabric, after: Fabric, kept: KeptLocalAs = {}): GateDemand[] {
  const found = new Map<string, GateDemand & { nodes: string[] }>();
  const parts = [before, after].map((fabric) => FabricSlices.of(fabric));
  for (const node of Object.keys(after.nodes)) {
    if (!before.nodes[node]) continue;
    const [was, is] = parts.map((one) => one.of([node], ['outside']));
    const held = { fabric: was, ...(kept[node] && { localAs: kept[node] }) };
    const localAs = localAsAfter(held, is, node);
    const changed = demandsAt(held, { fabric: is, localAs }, node).filter(({ isChanged }) => isChanged);
    if (changed.length === 0) continue;
    const old = new Map(sessionsWith(was, node, held.localAs).map((session) => [session.key, session.remoteAs.value]));
    const now = new Map(sessionsWith(is, node, localAs).map((session) => [session.key, session.remoteAs.value]));
    for (const { session, origin, remoteAddress, before: one, replaces } of changed) {
      const what = one === 'none' ? 'new' : replaces === undefined ? 'reset' : 'replaced';
      const remoteAs = now.get(session)!;
      const former = replaces && readSessionKey(replaces).remote;
      const key = [origin, remoteAddress, remoteAs, what, former].join(' ');
      const known = found.get(key);
      if (known) known.nodes.push(node);
      else
        found.set(key, {
          ...{ origin, remoteAddress, remoteAs, what, nodes: [node] },
          isNewAs: old.get(session) !== remoteAs,
          ...(former !== undefined && former !== remoteAddress && { replaces: former }),
        });
    }
  }
  return [...found.values()];
}

/** What a release says of a neighbour of a node. */
export interface AsClaim {
  readonly node: string;
  readonly origin: string;
  readonly remoteAddress: string;
  readonly remoteAs: number;
}

/**
 * What a release says of the outside neighbours of some nodes, where these have to come up; those that come from
 * prefixes may be in several.
 */
export const asClaimsOf = (fabric: Fabric, nodes: readonly string[]): AsClaim[] =>
  outsideEnds(fabric, nodes)
    .filter(({ session }) => !needNotBeUp(session))
    .map(({ node, session: { origin, remoteAddress, remoteAs } }) => ({
      ...{ node, origin, remoteAddress: String(remoteAddress), remoteAs: remoteAs.value },
    }));

const WORDS: Readonly<Record<GateDemand['what'], string>> = {
  new: 'is new and must come up',
  replaced: 'must come up; the session it replaces stays up until the commit',
  reset: 'is reset and must come up again',
};

/** In a line for people. */
export const describeDemand = ({ origin, remoteAddress, replaces, what, nodes }: GateDemand): string =>
  `${remoteAddress}${replaces === undefined ? '' : ` in place of ${replaces}`} (${origin}) with ${names(nodes)}: ${WORDS[what]}`;
