import { VERBS, type Verb } from '../../../lib/control/protocol';
import { makeRelease, openRelease, writeRelease } from '../../../lib/control/release';
import { readFabric } from '../../../lib/model/read';
import { explicitSessionsOf, sessionsOf } from '../../../lib/topology/derive';
import { mix } from '../digest';
import { mutateJson } from '../mutation/json';
import { mutateOften } from '../mutation/octets';
import { fail, hold, same } from '../oracle';
import { reasonNumber, type Target } from '../target';

const FABRIC = {
  name: 'fuzz',
  asNumber: '1.10',
  nodes: {
    node1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1' },
    node2: { ipv4Address: '10.0.0.2', asNumber: 65002, workloadInterfaces: ['cali*'] },
  },
  peers: {
    tor: { address: '192.0.2.1', asNumber: 65010, filters: ['some'], maxPrefixes: 100, ttlSecurity: 1 },
    one: { node: 'node1', address: 'fd00::9', asNumber: 65010, role: 'customer', addPath: 'both', passive: true },
  },
  filters: {
    some: {
      import: [
        { prefix: '10.0.0.0/8', ge: 16, le: 24, asPathMatches: '^65010_', action: 'accept', set: { prepend: 2 } },
        { communities: ['65010:1', 'rt:1:2', '1:2:3'], action: 'reject' },
      ],
      export: [{ source: 'workload', interface: 'cali*', action: 'accept', set: { addCommunities: ['no-export'] } }],
    },
  },
};

const COMMAND = { node: 'node1', owner: 'a pipeline', release: 'sha256:0', activation: 1 };
/** Bodies as a provider sends them. */
const SEEDS: Readonly<Record<Verb, readonly object[]>> = {
  stage: [COMMAND, { ...COMMAND, secrets: { tor: 'a key' } }],
  activate: [{ ...COMMAND, confirmWithin: 600 }],
  confirm: [COMMAND],
  finalise: [COMMAND, { ...COMMAND, behind: ['node2'] }],
  drain: [{ node: 'node1', by: 'alice' }],
  undrain: [{ node: 'node1', by: 'alice' }],
  reset: [{ node: 'node1', neighbour: '192.0.2.2', by: 'alice' }],
  rollback: [{ ...COMMAND, reason: 'the gate failed' }],
  remove: [{ node: 'node1', owner: 'a pipeline' }],
};

const target: Target = {
  name: 'control',
  about: 'the body of a request to an agent: its verb, or a release and the sessions that follow from it',
  share: 1,
  // A release is delivered by itself; here as a bare fabric, so that mutations get behind its digest.
  seeds: () =>
    Object.entries({ release: [FABRIC], ...SEEDS }).flatMap(([verb, bodies]) =>
      bodies.map((body) => Buffer.from(JSON.stringify({ verb, body }))),
    ),
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateJson(bytes, other, dice)),
  run(input, note) {
    let request: { verb?: unknown; body?: unknown } | null;
    try {
      request = JSON.parse(Buffer.from(input).toString('utf8'));
    } catch {
      return;
    }
    const { verb = '', body } = request ?? {};
    if (verb === 'release') readDocument(body, note);
    if (typeof verb !== 'string' || !Object.hasOwn(VERBS, verb)) return;
    const parsed = VERBS[verb as Verb].safeParse(body);
    if (!parsed.success) {
      for (const { path, code } of parsed.error.issues) note(mix(1, reasonNumber(`${path.join('.')} ${code}`)));
      return;
    }
    note(mix(2, reasonNumber(verb)));
  },
};

function readDocument(document: unknown, note: (feature: number) => void): void {
  hold(Array.isArray(openRelease(document)), 'a document without its digest is taken for a release');
  const { fabric, problems } = readFabric(document);
  for (const { code, path } of problems) note(mix(3, reasonNumber(`${code} ${path?.replace(/\w+$/, '')}`)));
  hold((fabric === undefined) === problems.length > 0, 'a fabric with problems, or none without');
  if (!fabric) return;
  const release = makeRelease(fabric);
  const opened = openRelease(JSON.parse(JSON.stringify(writeRelease(release))));
  if (Array.isArray(opened)) fail(`a release that was written can not be read: ${opened.join('; ')}`);
  same((opened as typeof release).digest, release.digest, 'the digest of a release written and read');
  for (const name of Object.keys(fabric.nodes)) {
    const sessions = sessionsOf(fabric, name);
    hold(new Set(sessions.map(({ key }) => key)).size === sessions.length, 'a node has a session twice');
    hold(explicitSessionsOf(fabric, name).length <= sessions.length, 'an explicit session is missing');
    note(mix(4, sessions.length));
  }
}

export const CONTROL_TARGETS: readonly Target[] = [target];
