import type { LeafKind } from '../../model/leaf';
import { fieldTable, type ObjectShape, objectsWithin } from '../../model/reference';
import { type Field, fabricShape, type Shape } from '../../model/shape';

/** Content of a construct's page besides the schema. */
export interface ConstructPage {
  /** Its class. */
  readonly name: string;
  readonly summary: string;
  /** The map of the fabric whose entries it defines. Unset: the fabric itself. */
  readonly entries?: string;
  /** It has no schema, only its own fields. */
  readonly isApart?: boolean;
  /** Fields of the schema that it does not have, and others that it requires. */
  readonly without?: readonly string[];
  readonly required?: readonly string[];
  /** Fields required in the fabric that the construct can fill in. */
  readonly optional?: readonly string[];
  /** Fields that are not in the schema. */
  readonly own?: Readonly<Record<string, Field>>;
  readonly example: string;
}

const field = (kind: LeafKind, description: string, required = false): Field => ({
  shape: { type: 'leaf', kind },
  description,
  required,
});
const NAME = {
  name: field('name', 'Its name in the fabric, which identifies it. The id of the construct has no meaning.', true),
};

/** Every construct that has a page. */
export const CONSTRUCT_PAGES: readonly ConstructPage[] = [
  {
    name: 'Fabric',
    summary:
      'One BGP domain, deployed as one transaction: `peerform_fabric`, `peerform_wave` and `peerform_commit`. Nodes, peers, racks, route reflectors and filters are constructs within it, at any depth.',
    without: ['nodes', 'peers', 'racks', 'routeReflectors', 'filters'],
    own: {
      unreachable: {
        ...field(
          'name',
          'Names of nodes whose agent may be unreachable during this deploy; they catch up in a later one.',
        ),
        shape: { type: 'list', item: { type: 'leaf', kind: 'name' } },
      },
      formerNames: {
        ...field(
          'name',
          'Previous names, oldest first: the fabric that runs under the last of them continues under its new name, without affecting any session.',
        ),
        shape: { type: 'list', item: { type: 'leaf', kind: 'name' } },
      },
      allowDisruption: field(
        'boolean',
        'Allows this change to take the last path from nodes; otherwise such a change is an error at plan.',
      ),
      secrets: {
        description:
          'Values of the `secret:NAME` references, by name: sensitive or ephemeral Terraform variables; a literal is refused (in HCL `secrets_wo`).',
        required: false,
        shape: { type: 'map', item: { type: 'leaf', kind: 'text' } },
      },
      secretsVersion: field('number', 'Changing this makes the agents take the secrets again.'),
      preventDestroy: field(
        'boolean',
        "Makes a plan that would destroy the fabric, and close all of its sessions, an error (Terraform's `prevent_destroy`).",
      ),
    },
    example:
      "const fabric = new Fabric(this, 'fabric', { name: 'main', edition: 2, asNumber: 67111, nodeToNodeMesh: true });",
  },
  {
    name: 'Node',
    summary:
      'A Linux machine that runs an agent. A deploy must reach the agent, so it needs an endpoint unless the fabric has a fleet.',
    entries: 'nodes',
    own: NAME,
    example:
      "new Node(fabric, 'node1', {\n  name: 'node1',\n  endpoint: 'unix:///run/peerform/agent.sock',\n  ipv4Address: '10.0.0.1',\n});",
  },
  {
    name: 'GlobalPeer',
    summary: 'A neighbour that every node of the fabric peers with.',
    entries: 'peers',
    without: ['node', 'nodeSelector', 'peerNode', 'peerInterface'],
    own: NAME,
    example: "new GlobalPeer(fabric, 'tor', { name: 'tor', address: '192.20.30.40', asNumber: 67111 });",
  },
  {
    name: 'NodePeer',
    summary: 'A neighbour of one node.',
    entries: 'peers',
    required: ['node'],
    own: NAME,
    example:
      "new NodePeer(fabric, 'uplink', { name: 'uplink', node: 'node1', address: 'aa:bb::ff', asNumber: 67111 });",
  },
  {
    name: 'PeerGroup',
    summary:
      'Neighbours by selector: `nodeSelector` chooses the nodes that peer, `peerSelector` the nodes that they peer with.',
    entries: 'peers',
    without: ['node', 'peerNode', 'peerInterface'],
    own: NAME,
    example: `new PeerGroup(fabric, 'tors-a', {
  name: 'tors-a',
  nodeSelector: "rack == 'a'",
  address: '192.20.30.40',
  asNumber: 65001,
  filters: ['everything'],
});`,
  },
  {
    name: 'Rack',
    summary:
      'Nodes that share an AS number and top-of-rack neighbours: each names it in its `rack`. Without `asNumber` the rack gets the lowest number of `asNumberRange` that the fabric does not use yet. Synth adds it to `peerform.lock.json` beside cdktf.json, never changes what is in that file, and you commit it; unit tests (`Testing` of cdktf) write nothing. With CI=true a rack that is not in the file is an error.',
    entries: 'racks',
    optional: ['asNumber'],
    own: {
      ...NAME,
      asNumberRange: field(
        'name',
        'AS numbers that the number is taken from, `{ from, to }`, where no `asNumber` is written.',
      ),
    },
    example: `new Rack(fabric, 'rack-a', {
  name: 'a',
  asNumberRange: { from: 65001, to: 65099 },
  topOfRack: [{ ipv4Address: '192.20.30.40', asNumber: 65100 }],
});
new Node(fabric, 'node1', { name: 'node1', rack: 'a', endpoint: 'unix:///run/peerform/agent.sock', ipv4Address: '10.0.0.1' });`,
  },
  {
    name: 'RouteReflectors',
    summary:
      'Nodes that reflect routes to their clients (RFC 4456), by name or by selector: two of them for redundancy. Clients leave the mesh; a reflector may be a client of another group.',
    entries: 'routeReflectors',
    own: NAME,
    example: "new RouteReflectors(fabric, 'reflectors', { name: 'main', reflectors: ['node1', 'node2'] });",
  },
  {
    name: 'CalicoManifest',
    summary:
      'The fabric of a set of Calico manifests (v1 or v3, YAML or JSON): what `peerform import calico` would write as source, without the source. `fabric` is the fabric; `left` lists what was left out, and why.',
    isApart: true,
    own: {
      name: field(
        'name',
        'Name of the fabric. Default: `calico`. All other settings of a fabric may be given as well.',
      ),
      files: {
        ...field('name', 'Files of manifests.', true),
        shape: { type: 'list', item: { type: 'leaf', kind: 'text' } },
      },
      endpoint: {
        ...field('name', 'Function from the name of a node to the endpoint of its agent.', true),
        shape: { type: 'leaf', kind: 'text' },
      },
    },
    example: "new CalicoManifest(this, 'calico', { files: ['calico.yaml'], endpoint: (node) => endpoints[node] });",
  },
  {
    name: 'Filter',
    summary: 'Ordered import and export rules, which peers name in their `filters`.',
    entries: 'filters',
    own: NAME,
    example: `new Filter(fabric, 'workloads', {
  name: 'workloads',
  import: [{ prefix: '10.65.0.0/16', action: 'accept' }],
  export: [{ source: 'workload', action: 'accept' }],
});`,
  },
  {
    name: 'Rollout',
    summary:
      'The waves in which a fabric rolls out each release: canaries by name, by selector, by percentage or one of each rack, then the rest (wave `rest`). The nodes are chosen at synth. Without a rollout all nodes are one wave.',
    isApart: true,
    own: {
      waves: {
        description: 'The waves before the rest, in order.',
        required: true,
        shape: {
          type: 'list',
          item: {
            type: 'object',
            description:
              'A wave. If several ways to choose nodes are set, they are combined, among the nodes that earlier waves left.',
            fields: {
              name: field('text', 'Its name in Terraform and in gates.', true),
              nodes: {
                ...field('name', 'Names of nodes.'),
                shape: { type: 'list', item: { type: 'leaf', kind: 'name' } },
              },
              selector: field('text', "Nodes by their labels: `zone == 'a'`."),
              percent: field('number', 'Percentage of all nodes, 1 to 100, rounded up.'),
              onePerRack: field('boolean', 'One node of each rack.'),
              gateWithin: field('number', 'Seconds for its built-in gate. Default: those of the rollout.'),
              outside: field(
                'text',
                'Sessions with outside neighbours that its built-in gate requires. Default: that of the rollout.',
              ),
            },
          },
        },
      },
      gateWithin: field('number', 'Seconds for the built-in gate of a wave. Default: 60.'),
      outside: field(
        'text',
        'Sessions with outside neighbours that the built-in gates require: `all`, those that were up before and new ones, or `kept`, those that were up before, or what replaces them. Default: `all`.',
      ),
      confirmWithin: field(
        'number',
        'Seconds until a node that was not confirmed rolls back by itself; must be longer than all gates before its confirmation (checked). Default: those gates plus five minutes.',
      ),
      confirmEachWave: field(
        'boolean',
        'Whether each wave is confirmed as soon as its gates have passed. Default: all waves are confirmed after the last.',
      ),
    },
    example: `new Rollout(fabric, 'rollout', {
  waves: [
    { name: 'canary', nodes: ['node1'] },
    { name: 'some', percent: 20 },
  ],
});`,
  },
  {
    name: 'Gate',
    summary:
      "Your own check between a wave and what follows, before any of it is confirmed: a `null_resource` that runs a command for each activation. If it fails, takes too long or is interrupted, everything that was activated and is not confirmed is rolled back at once, and the deploy stops. hashicorp/null comes from the registry, and Peerform's own provider does not: run the first `cdktf diff` or `cdktf deploy` with `--skip-provider-lock`.",
    isApart: true,
    own: {
      after: field('text', 'Name of the wave that it follows. Default: the last.'),
      command: field(
        'text',
        "A shell command, run where Terraform runs, in the app's folder; it passes if it ends with 0.",
        true,
      ),
      within: field('number', 'Time limit in seconds.', true),
      environment: {
        description:
          'Additional environment variables of the command, besides PEERFORM_FABRIC, PEERFORM_RELEASE, PEERFORM_ACTIVATION and PEERFORM_ENDPOINT (an agent, for commands of peerform).',
        required: false,
        shape: { type: 'map', item: { type: 'leaf', kind: 'text' } },
      },
    },
    example: "new Gate(fabric, 'probe', { after: 'canary', command: './probe.sh', within: 120 });",
  },
  {
    name: 'NullStandIn',
    summary:
      'Replaces the provider hashicorp/null 3.2.4 in a stack by our own plugin, for gates where no registry is reachable (an air-gapped lab, tests). It supports only `null_resource`. Leave it out if the registry is reachable.',
    isApart: true,
    example: 'new NullStandIn(this);',
  },
];

/** The page of a construct, as Markdown, with fields from the schema. */
export function constructPage(page: ConstructPage): string {
  const shape = shapeOf(page);
  return [
    `# ${page.name}`,
    '',
    'Generated from the schema by `peerform reference --folder docs`.',
    '',
    page.summary,
    '',
    '```ts',
    `import { ${page.name} } from 'peerform';`,
    '',
    page.example,
    '```',
    '',
    'Any value except names may also be computed by Terraform.',
    '',
    ...fieldTable(shape),
    ...sections(shape),
    '',
  ].join('\n');
}

const sections = (shape: ObjectShape, within = ''): string[] =>
  objectsWithin(shape).flatMap(([name, object]) => {
    const title = within === '' ? name : `${within}: ${name}`;
    return ['', `## ${title}`, '', object.description, '', ...fieldTable(object), ...sections(object, title)];
  });

function shapeOf({
  entries,
  isApart,
  without = [],
  required = [],
  optional = [],
  own = {},
}: ConstructPage): ObjectShape {
  if (isApart) return { type: 'object', description: '', fields: own };
  const fabric = fabricShape();
  const shape = entries === undefined ? fabric : itemOf(fabric.fields[entries].shape);
  const fields = Object.entries(shape.fields)
    .filter(([name]) => !without.includes(name))
    .map(
      ([name, one]) =>
        [name, { ...one, required: (one.required || required.includes(name)) && !optional.includes(name) }] as const,
    );
  // The name comes first, settings of the deploy last.
  const all = 'name' in own ? [...Object.entries(own), ...fields] : [...fields, ...Object.entries(own)];
  return { ...shape, fields: Object.fromEntries(all) };
}

function itemOf(shape: Shape): ObjectShape {
  if (shape.type === 'map' && shape.item.type === 'object') return shape.item;
  throw new TypeError('the field of a construct is a map of objects');
}
