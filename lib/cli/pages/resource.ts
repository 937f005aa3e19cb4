import type { ProviderFunction, Resource } from '../../provider/resource-api';
import { isBlocks } from '../../provider/schema';
import type { AttributeSchema, Attributes, ValueType } from '../../provider/value';

/** The page of a resource of the provider, as Markdown, generated from its Terraform schema. */
export const resourcePage = (name: string, { schema }: Resource): string =>
  [
    `# ${name}`,
    '',
    "Generated from the provider's schema by `peerform reference --folder docs`. [examples/hcl](../../examples/hcl) shows it in a whole configuration.",
    '',
    schema.description,
    '',
    ...attributeTables(schema.attributes),
    '',
  ].join('\n');

/** The page of a function of the provider. */
export const functionPage = (name: string, made: ProviderFunction): string =>
  [
    `# ${name}`,
    '',
    "Generated from the provider's schema by `peerform reference --folder docs`.",
    '',
    `${made.summary}. ${made.description}`,
    '',
    '```hcl',
    `provider::peerform::${name}(${made.parameters.map((parameter) => parameter.name).join(', ')})`,
    '```',
    '',
    '| argument | type | |',
    '|---|---|---|',
    ...made.parameters.map(
      ({ name: parameter, type, description }) => `| \`${parameter}\` | ${typeText(type)} | ${description} |`,
    ),
    '',
    `Gives a ${typeText(made.returns)}.`,
    '',
  ].join('\n');

function attributeTables(attributes: Attributes, within = ''): string[] {
  const inner = Object.entries(attributes).flatMap(([name, { type }]) => {
    const object = objectWithin(type);
    const title = within === '' ? name : `${within}: ${name}`;
    return object ? ['', `## ${title}`, '', ...attributeTables(object, title)] : [];
  });
  return [
    '| attribute | type | set by | |',
    '|---|---|---|---|',
    ...Object.entries(attributes).map(
      ([name, attribute]) =>
        `| \`${name}\` | ${within === '' && isBlocks(attribute) ? 'blocks, by name' : typeText(attribute.type)} | ${WHO[attribute.set]} | ${attribute.description} |`,
    ),
    ...inner,
  ];
}

const WHO: Record<AttributeSchema['set'], string> = {
  required: 'you, always',
  optional: 'you',
  computed: 'the provider',
  defaulted: 'you, else the provider',
};

function typeText(type: ValueType): string {
  if (type === 'any') return 'map of objects';
  if (typeof type === 'string') return type;
  if ('list' in type) return `list of ${plural(type.list)}`;
  if ('map' in type) return `map of ${plural(type.map)}`;
  return 'object';
}

const plural = (type: ValueType): string =>
  typeof type === 'object' && 'object' in type ? 'objects' : typeof type === 'string' ? `${type}s` : typeText(type);

function objectWithin(type: ValueType): Attributes | undefined {
  if (typeof type === 'string') return undefined;
  if ('object' in type) return type.object;
  return objectWithin('list' in type ? type.list : type.map);
}
