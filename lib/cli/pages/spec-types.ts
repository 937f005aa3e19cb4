import type { LeafKind } from '../../model/leaf';
import type { ObjectShape } from '../../model/reference';
import { type Field, fabricShape, type Shape } from '../../model/shape';
import { CONSTRUCT_PAGES, type ConstructPage } from './construct';

/** TypeScript names of object types, by location in the fabric. */
const NAMES: Readonly<Record<string, string>> = {
  '': 'Fabric',
  nodes: 'Node',
  'nodes.advertise': 'Advertisement',
  peers: 'Peer',
  racks: 'Rack',
  'racks.topOfRack': 'TopOfRack',
  routeReflectors: 'RouteReflectors',
  filters: 'Filter',
  'filters.import': 'FilterRule',
  'filters.export': 'FilterRule',
  'filters.import.set': 'RouteSettings',
  'filters.export.set': 'RouteSettings',
  prefixAdvertisements: 'PrefixAdvertisement',
  meshBfd: 'BfdProfile',
  fleet: 'Fleet',
  'peers.bfd': 'BfdProfile',
  'racks.topOfRack.bfd': 'BfdProfile',
  'routeReflectors.bfd': 'BfdProfile',
};

const LEAF: Readonly<Record<LeafKind, string>> = {
  text: 'string',
  name: 'string',
  number: 'number',
  boolean: 'boolean',
  asNumber: 'AsNumberInput',
  address: 'string',
  prefix: 'string',
  community: 'string',
  pattern: 'string',
  nextHop: 'string',
  selector: 'string',
  secret: 'string',
};

/** Types being generated, by name. */
type Declared = Map<string, string>;

/** Differences between the plain fabric and the constructs' variant. */
interface Flavour {
  /** Suffix of the names of nested types. */
  readonly ending: string;
  /** Type of a boolean; for other leaves, cdktf encodes tokens in the plain type. */
  readonly boolean: string;
}
const SPEC: Flavour = { ending: 'Spec', boolean: 'boolean' };
const PROPS: Flavour = { ending: 'Props', boolean: 'boolean | IResolvable' };

const HEAD = '// Generated from the schema by `npm run types:spec`: change the schema, not this file.';

/**
 * `lib/model/spec.ts`: the plain fabric as types in which every property has its description, for editors. Types
 * inferred from the schema have none.
 */
export function specTypes(): string {
  const all: Declared = new Map();
  typeOf('', fabricShape(), SPEC, all);
  return [HEAD, imported('AsNumberInput', './as-number'), '', ...inOrder(all)].join('\n');
}

/**
 * `lib/constructs/props.ts`: the same for constructs, where Terraform may compute any value. Written out, because
 * editors show no descriptions for mapped types (`Omit`, `Readonly`).
 */
export function propsTypes(): string {
  const all: Declared = new Map();
  for (const page of CONSTRUCT_PAGES) if (!page.isApart) declareProps(page, all);
  return [
    HEAD,
    imported('IResolvable', 'cdktf'),
    imported('AsNumberInput', '../model/as-number'),
    '',
    ...inOrder(all),
  ].join('\n');
}

/** Fields of a construct that are in the schema; the construct adds its own. */
function declareProps(
  { name, entries, own = {}, without = [], required = [], optional = [] }: ConstructPage,
  all: Declared,
) {
  const root = fabricShape();
  const of = entries === undefined ? root : root.fields[entries].shape;
  const shape = (of.type === 'map' ? of.item : of) as ObjectShape;
  const isLeft = (field: string) => field !== 'name' && !without.includes(field) && !Object.hasOwn(own, field);
  const left = Object.entries(shape.fields).filter(([field]) => isLeft(field));
  const fields = left.map(([field, it]): [string, Field] => [
    field,
    { ...it, required: (it.required || required.includes(field)) && !optional.includes(field) },
  ]);
  declare(`${name}Fields`, entries ?? '', { ...shape, fields: Object.fromEntries(fields) }, PROPS, all, 'readonly ');
}

const imported = (type: string, from: string): string => `import type { ${type} } from '${from}';`;

/** In order of first use, parents before nested types. */
const inOrder = (all: Declared): string[] => [...all.values()];

function declare(
  name: string,
  path: string,
  shape: ObjectShape,
  flavour: Flavour,
  all: Declared,
  modifier = '',
): string {
  if (all.has(name)) return name;
  all.set(name, ''); // Reserves the position before nested types.
  const lines = Object.entries(shape.fields).flatMap(([field, { shape: inner, description, required }]) => [
    ...comment(description, '  '),
    `  ${modifier}${field}${required ? '' : '?'}: ${typeOf(path === '' ? field : `${path}.${field}`, inner, flavour, all)};`,
  ]);
  all.set(name, [...comment(shape.description, ''), `export type ${name} = {`, ...lines, '};', ''].join('\n'));
  return name;
}

function typeOf(path: string, shape: Shape, flavour: Flavour, all: Declared): string {
  switch (shape.type) {
    case 'leaf':
      if (shape.values) return shape.values.map((value) => `'${value}'`).join(' | ');
      return shape.kind === 'boolean' ? flavour.boolean : LEAF[shape.kind];
    case 'list': {
      const item = typeOf(path, shape.item, flavour, all);
      return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
    }
    case 'map':
      return `Record<string, ${typeOf(path, shape.item, flavour, all)}>`;
    case 'object': {
      const name = Object.hasOwn(NAMES, path) ? NAMES[path] : undefined;
      if (name === undefined) throw new Error(`an object of the fabric has no name in TypeScript: ${path}`);
      return declare(`${name}${flavour.ending}`, path, shape, flavour, all);
    }
  }
}

const WIDTH = 120;

/** A comment on one line, or on several if it is too long. */
function comment(text: string, indent: string): string[] {
  if (text === '') return [];
  const safe = text.replaceAll('*/', '*\\/');
  if (indent.length + safe.length + 7 <= WIDTH) return [`${indent}/** ${safe} */`];
  const lines: string[] = [];
  for (const word of safe.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + last.length + word.length + 4 <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`];
}
