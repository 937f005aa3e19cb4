import { entryName, fabricShape } from '../../model/shape';
import { type Diagnostic, error, type Path } from '../diagnostic';
import { fitted } from '../fit';
import type { Resource, ResourceResult } from '../resource-api';
import { isBlocks, schemaAttributes } from '../schema';
import { AsWritten, type AttributeSchema, type Attributes, isValues, UNKNOWN, type Value, type Values } from '../value';

/**
 * The maps of a fabric have two forms in Terraform: an attribute that takes any expression (`nodes = var.nodes`), or
 * blocks, one per entry (`node "leaf1" { … }`). As a map of objects, Terraform would compare entries pairwise and
 * silently ignore misspelt attributes. So the attribute is dynamic, and its contents are checked here.
 */
interface Kind {
  /** Name of the attribute: `nodes`. */
  readonly map: string;
  /** Name of the block: `node`. */
  readonly block: string;
  /** Type and description of the map. */
  readonly attribute: AttributeSchema;
}

/** Every map of a fabric. */
export const MAP_KINDS: readonly Kind[] = Object.entries(schemaAttributes(fabricShape()))
  .filter(([, attribute]) => isBlocks(attribute))
  .map(([map, attribute]) => ({ map, block: entryName(map), attribute }));

/** The attributes of a fabric in both forms, from those of one form. */
const inBothForms = (attributes: Attributes): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, attribute]): [string, AttributeSchema][] => {
      const kind = MAP_KINDS.find(({ map }) => map === name);
      if (!kind) return [[name, attribute]];
      const { block } = kind;
      const what = attribute.description.replace(/\.$/, '');
      const description = `${what}: a map of objects with the attributes of a \`${block}\` block, given by any expression, such as \`var.${name}\`. It cannot be combined with \`${block}\` blocks.`;
      return [
        [name, { type: 'any', set: 'optional', description }],
        [block, { ...attribute, description: `${what}: each in a block \`${block} "NAME" { … }\`.` }],
      ];
    }),
  );

/** Values with maps in one form, under the attributes' names. */
interface Joined {
  readonly values: Values;
  readonly problems: readonly Diagnostic[];
}

const JOINED = new WeakMap<Values, Joined>();

/** Converts values to one form. The same values always return the same object, because readings are cached by it. */
export function joined(given: Values): Joined {
  const known = JOINED.get(given);
  if (known) return known;
  const values: Record<string, Value> = { ...given };
  const problems: Diagnostic[] = [];
  for (const kind of MAP_KINDS) {
    delete values[kind.block];
    const [map, found] = joinedMap(given, kind);
    values[kind.map] = map;
    problems.push(...found);
  }
  const made = { values, problems };
  JOINED.set(given, made);
  return made;
}

function joinedMap(given: Values, { map, block, attribute }: Kind): [Value, readonly Diagnostic[]] {
  const blocks = given[block] ?? {};
  const written = given[map] ?? null;
  const value = written instanceof AsWritten ? written.value : written;
  if ((value ?? null) === null) return [blocks, []];
  if (value === UNKNOWN) return [UNKNOWN, []];
  const problems: Diagnostic[] = [];
  if (blocks === UNKNOWN || Object.keys(blocks).length > 0)
    problems.push(
      error(
        `${map}: cannot be combined with ${block} blocks`,
        `Write all of them as ${block} blocks, or all of them in ${map}.`,
        [map],
      ),
    );
  if (!isValues(value)) return [{}, [...problems, noMap(map, block)]];
  const [there, empty] = [true, false].map((is) => Object.entries(value).filter(([, one]) => (one !== null) === is));
  for (const [name] of empty)
    problems.push(error(`${map}.${name}: the entry is null`, 'Write an object, or remove the entry.', [map]));
  const fit = fitted(Object.fromEntries(there), attribute.type, [map]);
  return [fit.value, [...problems, ...fit.problems]];
}

const noMap = (map: string, block: string): Diagnostic =>
  error(
    `${map}: it is not a map`,
    `Write an object for each ${block.replaceAll('_', ' ')} under its name: ${map} = { name = { … } }.`,
    [map],
  );

/**
 * Converts values of one form to the forms used by the first of these that has the same map. Maps that are in none
 * become blocks.
 */
export function asWritten(values: Values, ...sources: readonly (Values | null)[]): Values {
  const written: Record<string, Value> = { ...values };
  for (const { map, block } of MAP_KINDS) {
    const source = sources.find((one) => one && joined(one).values[map] === values[map]);
    written[map] = source ? (source[map] ?? null) : null;
    written[block] = source ? (source[block] ?? {}) : (values[map] ?? {});
  }
  return written;
}

/** The same diagnostics with locations in blocks, if the values use them. */
const placed = (diagnostics: readonly Diagnostic[], given: Values): Diagnostic[] =>
  diagnostics.map((one) => (one.path ? { ...one, path: placeOf(one.path, given) } : one));

function placeOf([first, ...rest]: Path, given: Values): Path {
  const kind = MAP_KINDS.find(({ map }) => map === first);
  const isBlock = kind && (given[kind.map] ?? null) === null;
  return [isBlock ? kind.block : first, ...rest];
}

/** Wraps a resource that handles one form to accept either. */
export function twoFormed(inner: Resource): Resource {
  const { complete, importState } = inner;
  const outcome = (made: ResourceResult, given: Values, ...sources: (Values | null)[]): ResourceResult => ({
    ...made,
    state: made.state && asWritten(made.state, ...sources),
    ...(made.diagnostics && { diagnostics: placed(made.diagnostics, given) }),
  });
  return {
    ...inner,
    schema: { ...inner.schema, attributes: inBothForms(inner.schema.attributes) },

    validate(given) {
      const { values, problems } = joined(given);
      return placed([...problems, ...inner.validate(values)], given);
    },

    async plan({ config, prior, ...rest }, context) {
      const { values, problems } = joined(config);
      const made = await inner.plan({ ...rest, config: values, prior: prior && joined(prior).values }, context);
      return {
        ...made,
        planned: asWritten(made.planned, config),
        diagnostics: placed([...problems, ...(made.diagnostics ?? [])], config),
      };
    },

    async create({ planned, config, ...rest }, context) {
      const { values, problems } = joined(planned);
      if (problems.length > 0) return { state: null, diagnostics: problems };
      const made = await inner.create({ ...rest, planned: values, config: joined(config).values }, context);
      return outcome(made, config, planned);
    },

    async read({ state, ...rest }, context) {
      return outcome(await inner.read({ ...rest, state: joined(state).values }, context), state, state);
    },

    async update({ prior, planned, config, ...rest }, context) {
      const { values, problems } = joined(planned);
      if (problems.length > 0) return { state: prior, diagnostics: problems };
      const request = { ...rest, prior: joined(prior).values, planned: values, config: joined(config).values };
      return outcome(await inner.update(request, context), config, planned, prior);
    },

    async delete({ prior, ...rest }, context) {
      return outcome(await inner.delete({ ...rest, prior: joined(prior).values }, context), prior, prior);
    },

    ...(complete && { complete }),

    /** Before version 1 the maps were blocks with the names of the attributes. */
    upgrade(version, stored) {
      const state: Record<string, unknown> = { ...(inner.upgrade?.(version, stored) ?? stored) };
      for (const { map, block } of version < 1 ? MAP_KINDS : []) {
        state[block] = state[map] ?? {};
        state[map] = null;
      }
      return state;
    },

    ...(importState && {
      async importState(id, context) {
        const made = await importState(id, context);
        return { ...made, state: made.state && asWritten(made.state) };
      },
    }),
  };
}
