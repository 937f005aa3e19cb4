import { type Field, fabricShape, type Shape, snakeCase } from './shape';

/** The reference page of the fabric's fields, as Markdown, generated from the schema. */
export function referencePage(): string {
  const shape = fabricShape();
  return [
    '# Reference: the fabric',
    '',
    'Generated from the schema by `peerform reference`. Names are those of TypeScript and of fabric files; in HCL they are in snake case.',
    '',
    ...section('Fabric', shape),
    '',
  ].join('\n');
}

/** A shape with fields. */
export type ObjectShape = Extract<Shape, { type: 'object' }>;

function section(title: string, shape: ObjectShape): string[] {
  const within = (name: string) => (title === 'Fabric' ? name : `${title}: ${name}`);
  return [
    `## ${title}`,
    '',
    shape.description,
    '',
    ...fieldTable(shape),
    ...objectsWithin(shape).flatMap(([name, object]) => ['', ...section(within(name), object)]),
  ];
}

/** A table of an object's fields. Nested objects get their own tables. */
export const fieldTable = ({ fields }: ObjectShape): string[] => [
  '| field | in HCL | type | |',
  '|---|---|---|---|',
  ...Object.entries(fields).map(([name, field]) => row(name, field)),
];

/** Nested objects, by field name. */
export const objectsWithin = ({ fields }: ObjectShape): [name: string, shape: ObjectShape][] =>
  Object.entries(fields).flatMap(([name, { shape }]) => {
    const object = objectWithin(shape);
    return object ? [[name, object]] : [];
  });

const row = (name: string, { shape, required, description }: Field): string =>
  `| \`${name}\`${required ? ' (required)' : ''} | \`${snakeCase(name)}\` | ${typeOf(shape)} | ${description} |`;

const KINDS = {
  text: 'text',
  name: 'name',
  number: 'number',
  boolean: 'true or false',
  asNumber: 'AS number',
  address: 'address',
  prefix: 'prefix',
  community: 'community',
  pattern: 'regular expression',
  nextHop: '`self` or address',
  selector: 'selector',
  secret: 'reference to a secret',
} as const;

function typeOf(shape: Shape): string {
  if (shape.type === 'leaf')
    return shape.values ? shape.values.map((value) => `\`${value}\``).join(', ') : KINDS[shape.kind];
  if (shape.type === 'object') return 'object';
  return `${shape.type} of ${shape.item.type === 'object' ? 'objects' : typeOf(shape.item)}`;
}

function objectWithin(shape: Shape): ObjectShape | undefined {
  if (shape.type === 'leaf') return undefined;
  return shape.type === 'object' ? shape : objectWithin(shape.item);
}
