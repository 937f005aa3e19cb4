import type { FabricSpec } from '../model/fabric';
import type { PeerSpec } from '../model/peer';
import { printable, printableJson } from '../model/printable';
import { byWeight, groupedByKind, type LeftOut } from './left-out';

/** A construct of the source: its class, its id, and its props. */
interface Construct {
  readonly type: string;
  readonly id: string;
  readonly props: object;
}

/**
 * A fabric as the source of a CDKTF app, with one construct for each node, peer and filter. What was not imported is
 * listed in comments.
 */
export function typescriptSource(
  { nodes = {}, peers = {}, filters = {}, ...fabric }: FabricSpec,
  left: readonly LeftOut[] = [],
  provide: readonly LeftOut[] = [],
): string {
  const { undecided, rest } = byWeight(groupedByKind(left));
  const constructs: Construct[] = [
    ...Object.entries(nodes).map(([name, props]) => ({
      type: 'Node',
      id: name,
      props: { name, endpoint: new Code(`endpoint(${quoted(name)})`), ...props },
    })),
    ...Object.entries(filters).map(([name, props]) => ({
      type: 'Filter',
      id: `filter-${name}`,
      props: { name, ...props },
    })),
    ...Object.entries(peers).map(([name, props]) => ({
      type: typeOf(props),
      id: `peer-${name}`,
      props: { name, ...props },
    })),
  ];
  const types = [...new Set(['Fabric', ...constructs.map(({ type }) => type)])].sort();
  const lines = [
    importOf('cdktf', ['App', 'TerraformStack']),
    importOf('peerform', types),
    '',
    ...comment('Must be decided before a deploy:', undecided),
    ...comment('Not carried over from Calico:', rest),
    ...comment('Passwords, which manifests do not contain:', provide),
    ...(Object.keys(nodes).length > 0
      ? [
          "// How the agent of a node is reached: here over SSH, at the node's name.",
          "const endpoint = (node: string) => 'ssh://root@' + node;",
          '',
        ]
      : []),
    'const app = new App();',
    `const stack = new TerraformStack(app, ${literal(fabric.name)});`,
    '',
    `const fabric = new Fabric(stack, 'fabric', ${literal(fabric)});`,
    ...constructs.map(({ type, id, props }) => `new ${type}(fabric, ${literal(id)}, ${literal(props)});`),
    '',
    'app.synth();',
    '',
  ];
  return lines.join('\n');
}

/** Class of a peer: global, of one node, or by selector. */
function typeOf({ node, nodeSelector, peerSelector }: PeerSpec): string {
  if (nodeSelector !== undefined || (peerSelector !== undefined && node === undefined)) return 'PeerGroup';
  return node === undefined ? 'GlobalPeer' : 'NodePeer';
}

const comment = (title: string, lines: readonly LeftOut[]): string[] =>
  lines.length === 0
    ? []
    : [`// ${title}`, ...lines.map(({ path, reason }) => `// - ${printable(`${path}: ${reason}`)}`), ''];

/** Verbatim code. */
class Code {
  constructor(readonly text: string) {}
}

const importOf = (module: string, names: readonly string[]): string =>
  `import { ${names.join(', ')} } from ${quoted(module)};`;

/** Maximum line width of the source. */
const WIDTH = 120;

/** A value as a TypeScript literal: on one line if it fits, otherwise one line per member. */
function literal(value: unknown, indent = ''): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Code) return value.text;
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const members = isList
    ? value.map((member) => literal(member, inner))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)}: ${literal(member, inner)}`);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const short = members.length === 0 ? open + close : isList ? `[${members.join(', ')}]` : `{ ${members.join(', ')} }`;
  if (short.length + indent.length <= WIDTH - 40 && !short.includes('\n')) return short;
  return `${open}\n${members.map((member) => `${inner}${member},\n`).join('')}${indent}${close}`;
}

/** A single-quoted literal. Escapes everything that could end the string or line, or be misread. */
const quoted = (text: string): string =>
  `'${printableJson(JSON.stringify(text)).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'")}'`;
