import { ADDRESS_FAMILIES } from '../model/address';
import type { Fabric } from '../model/fabric';
import { between, sessionOf } from './link';
import { meshOf } from './membership';
import { peerSessions } from './peering';
import { rackSessions } from './racks';
import { reflectorSessions } from './reflection';
import type { Session } from './session';

export { addressOf, asNumberOf, nodesByAddress } from './membership';
export { neighboursOf } from './peering';

/**
 * The sessions of a node, as a pure function of the fabric, shared by the agent, the preview and the tests. If several
 * objects define the same session, the first of these applies: a peer, a rack, route reflectors, the mesh.
 * Empty for a node that is not in the fabric. Linear in nodes and peers.
 */
export function sessionsOf(fabric: Fabric, name: string): readonly Session[] {
  const known = ALONE.get(fabric);
  if (known?.name === name) return known.sessions;
  const sessions = [...eachSessionOf(fabric, name)];
  if (isAlone(fabric)) ALONE.set(fabric, { name, sessions });
  return sessions;
}

/** The same, lazily, so that a caller with thousands of sessions can yield in between. */
export const eachSessionOf = (fabric: Fabric, name: string): Generator<Session> =>
  firstOfEachKey([explicit(fabric, name), mesh(fabric, name)]);

/** For fabrics reduced to one node, which a plan evaluates repeatedly. */
const ALONE = new WeakMap<Fabric, { readonly name: string; readonly sessions: readonly Session[] }>();

function isAlone({ nodes }: Fabric): boolean {
  let count = 0;
  for (const _ in nodes) if (++count > 1) return false;
  return count === 1;
}

/** The sessions of a node except those of the mesh, of which there may be millions. */
export const explicitSessionsOf = (fabric: Fabric, name: string): Session[] => [
  ...firstOfEachKey([explicit(fabric, name)]),
];

function* explicit(fabric: Fabric, name: string): Generator<Session> {
  if (!fabric.nodes[name]) return;
  yield* peerSessions(fabric, name);
  yield* rackSessions(fabric, name);
  yield* reflectorSessions(fabric, name);
}

function* firstOfEachKey(all: readonly Iterable<Session>[]): Generator<Session> {
  const keys = new Set<string>();
  for (const sessions of all)
    for (const session of sessions) {
      if (keys.has(session.key)) continue;
      keys.add(session.key);
      yield session;
    }
}

function* mesh(fabric: Fabric, name: string): Generator<Session> {
  const own = meshOf(fabric, name);
  if (own === undefined) return;
  const { meshPassword: password, meshBfd: bfd } = fabric;
  const options = { ...(password && { password }), ...(bfd && { bfd }) };
  for (const other of Object.keys(fabric.nodes)) {
    if (other === name || meshOf(fabric, other) !== own) continue;
    for (const family of ADDRESS_FAMILIES) {
      const ends = between(fabric, family, name, other);
      if (ends) yield sessionOf(fabric, { ...ends, kind: 'mesh', origin: 'nodeToNodeMesh' }, options);
    }
  }
}
