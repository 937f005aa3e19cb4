import { bestPathLine } from '../../../lib/cli/debug/best-path';
import { calicoLine } from '../../../lib/cli/debug/calico';
import { decodeLine } from '../../../lib/cli/debug/decode';
import { answerLine, type LineTool } from '../../../lib/cli/debug/lines';
import { netlinkLine } from '../../../lib/cli/debug/netlink';
import { prefixMatchLine } from '../../../lib/cli/debug/prefix-match';
import { selectorLine } from '../../../lib/cli/debug/selector';
import { mix } from '../digest';
import { mutateJson } from '../mutation/json';
import { concat, mutateOften } from '../mutation/octets';
import { fail, hold } from '../oracle';
import { CHOSEN, KEEPALIVE, NOTIFICATIONS, openMessages, REFRESHES, updates } from '../seeds';
import { type Note, reasonNumber, type Target } from '../target';
import { NETLINK_TARGETS } from './netlink';

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

/** Octets that are written again must read as the same; `keep` are the fields that say what they mean. */
type Again = (input: Record<string, unknown>, answer: Record<string, unknown>) => Record<string, unknown> | undefined;

function lineTarget(
  name: string,
  tool: LineTool,
  share: number,
  about: string,
  seeds: () => Uint8Array[],
  again?: Again,
): Target {
  return {
    name,
    about,
    share,
    seeds,
    mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateJson(bytes, other, dice)),
    run(input, note) {
      const line = Buffer.from(input).toString('utf8');
      const text = answerLine(line, tool);
      hold(!text.includes('\n'), 'the answer is more than a line');
      const answer = JSON.parse(text) as Record<string, unknown> & { error?: { code: string; message: string } };
      const { error } = answer;
      if (error?.code === 'internal') fail(`throws: ${error.message}`);
      if (error) note(mix(1, reasonNumber(error.code + error.message.slice(error.message.lastIndexOf(' is ')))));
      else noteAnswer(answer, note);
      if (error || !again) return;
      const next = again(JSON.parse(line), answer);
      if (next === undefined) return;
      const repeated = JSON.parse(answerLine(JSON.stringify(next), tool));
      const [before, after] = [answer, repeated].map(({ reencoded: _, ...rest }) => JSON.stringify(rest));
      hold(before === after, `what was written reads different: ${before} became ${after}`);
    },
  };
}

function noteAnswer(answer: Record<string, unknown>, note: Note): void {
  const { reason, verdict, step, matches, ...rest } = answer;
  note(mix(2, reasonNumber(String(reason ?? verdict ?? step ?? matches))));
  for (const [name, value] of Object.entries(rest))
    note(mix(reasonNumber(name), typeof value === 'object' && value ? 1 : 2));
  const { attributes = {}, route } = rest as {
    attributes?: object;
    route?: { attributes: { name: string; type?: number }[] };
  };
  for (const name of Object.keys(attributes)) note(mix(3, reasonNumber(name)));
  for (const { name, type } of route?.attributes ?? []) note(mix(type === undefined ? 4 : 5, reasonNumber(name)));
}

const messages = (): Uint8Array[] => [
  ...openMessages(),
  ...NOTIFICATIONS,
  ...REFRESHES,
  KEEPALIVE,
  ...CHOSEN.slice(0, 4).flatMap(({ context }) =>
    updates(context).map((body) =>
      concat(new Uint8Array(16).fill(255), [(body.length + 19) >>> 8, (body.length + 19) & 255, 2], body),
    ),
  ),
];

const PATHS = [
  {
    peer: 'a',
    session: 'ebgp',
    routerId: '10.0.0.1',
    peerAddress: '192.0.2.1',
    neighborAs: 65001,
    asPathLength: 2,
    med: 10,
  },
  {
    peer: 'b',
    session: 'ibgp',
    routerId: '10.0.0.2',
    peerAddress: '2001:db8::1',
    origin: 'egp',
    localPref: 200,
    igpMetric: 4,
  },
  {
    peer: 'c',
    session: 'ebgp',
    routerId: '10.0.0.3',
    peerAddress: '192.0.2.3',
    originatorId: '10.0.0.9',
    clusterListLength: 2,
  },
];

const MANIFESTS = `
apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: {name: default}
spec: {nodeToNodeMeshEnabled: true, asNumber: 64512}
---
apiVersion: projectcalico.org/v3
kind: Node
metadata: {name: node1, labels: {rack: a}}
spec: {bgp: {ipv4Address: 10.0.0.1/24, routeReflectorClusterID: 1.0.0.1}}
---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {name: tor}
spec: {nodeSelector: "rack == 'a'", peerIP: "192.0.2.1:1790", asNumber: 65010, filters: [f]}
---
apiVersion: projectcalico.org/v3
kind: BGPFilter
metadata: {name: f}
spec: {importV4: [{cidr: 10.0.0.0/8, matchOperator: In, prefixLength: {min: 16}, action: Accept}]}
`;

export const LINE_TARGETS: readonly Target[] = [
  lineTarget(
    'debug-decode',
    decodeLine,
    3,
    'a line for `peerform debug decode`: messages and attribute blocks with every option',
    () => [
      ...messages().map((octets) => json({ hex: hex(octets) })),
      ...messages()
        .slice(-6)
        .map((octets) => json({ hex: hex(octets), session: 'ibgp', as4: false, addPath: true, extendedMessage: true })),
      ...CHOSEN.slice(0, 2).map(({ context }) =>
        json({ hex: hex(updates(context)[1].subarray(4)), what: 'attributes', families: ['ipv4 unicast'] }),
      ),
    ],
    // What was discarded or malformed is not written again: only what was accepted must come back the same.
    (input, answer) => (answer.verdict === 'accept' ? { ...input, hex: answer.reencoded } : undefined),
  ),
  lineTarget(
    'debug-netlink',
    netlinkLine,
    2,
    'a line for `peerform debug netlink`',
    () => NETLINK_TARGETS[0].seeds().map((octets) => json({ hex: hex(octets), kind: 'route' })),
    (input, answer) => ({ ...input, hex: answer.reencoded }),
  ),
  lineTarget('debug-selector', selectorLine, 1, 'a line for `peerform debug selector`', () => [
    json({ selector: "rack == 'a' && !(role in {'x', \"y\"}) || has(zone)", labels: { rack: 'a', role: 'y' } }),
    json({ selector: "all() || rack contains 'b' && rack starts with 'c' && rack ends with 'd'", labels: {} }),
    json({ selector: 'zone not in {"1"} && global()' }),
  ]),
  lineTarget('debug-calico', calicoLine, 0.1, 'a line for `peerform debug calico`: manifests of both versions', () => [
    json({ manifests: MANIFESTS, node: 'node1' }),
    json({
      manifests:
        'apiVersion: v1\nkind: bgpPeer\nmetadata: {scope: node, node: n, peerIP: 10.0.0.9}\nspec: {asNumber: 1}',
    }),
  ]),
  lineTarget('debug-best-path', bestPathLine, 2, 'a line for `peerform debug best-path`', () => [
    json({ paths: PATHS }),
    json({ paths: PATHS.slice(1), options: { alwaysCompareMed: true } }),
    json({ paths: [] }),
  ]),
  lineTarget('debug-prefix-match', prefixMatchLine, 2, 'a line for `peerform debug prefix-match`', () => [
    json({ rules: [{ prefix: '10.0.0.0/8', ge: 16, le: 24 }, { prefix: '0.0.0.0/0' }], prefix: '10.1.0.0/16' }),
    json({ rules: [{ prefix: '2001:db8::/32', le: 128 }], prefix: '2001:db8::/48' }),
  ]),
];
