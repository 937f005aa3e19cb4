import { wireSchema } from '../../../lib/provider/protocol/wire-schema';
import { fabric } from '../../../lib/provider/resource/fabric';
import { asWritten, joined, MAP_KINDS, twoFormed } from '../../../lib/provider/resource/forms';
import { AsWritten, conformObject, UNKNOWN, type Value, type Values } from '../../../lib/provider/value';

const { schema, upgrade, validate } = twoFormed(fabric);
const NODE = { endpoint: 'unix:///n1', ipv4_address: '10.0.0.1' };
const written = (value: Value) => new AsWritten('"dynamic"', value);
const config = (more: object): Values =>
  conformObject(
    { name: 'f', ...Object.fromEntries(MAP_KINDS.map(({ block }) => [block, {}])), ...more },
    schema.attributes,
  );

test('every map of a fabric has both forms: an attribute of any type, and blocks of its singular', () => {
  expect(MAP_KINDS.map(({ map, block }) => [map, block])).toEqual([
    ['nodes', 'node'],
    ['peers', 'peer'],
    ['racks', 'rack'],
    ['route_reflectors', 'route_reflector'],
    ['filters', 'filter'],
  ]);
  const { block } = wireSchema(schema);
  expect(block?.blockTypes?.map(({ typeName }) => typeName)).toEqual(MAP_KINDS.map((kind) => kind.block));
  const any = block?.attributes?.filter(({ type }) => type && Buffer.from(type).toString() === '"dynamic"');
  expect(any?.map(({ name, optional }) => [name, optional])).toEqual(MAP_KINDS.map(({ map }) => [map, true]));
});

test('both forms of the same content are the same to a fabric', () => {
  const [map, blocks] = [config({ nodes: written({ n1: NODE }) }), config({ node: { n1: NODE } })];
  expect(joined(map)).toEqual(joined(blocks));
  expect(joined(map)).toBe(joined(map));
});

test('values go back to the form that they came in; what came in none is blocks', () => {
  const [map, blocks] = [config({ nodes: written({ n1: NODE }) }), config({ node: { n1: NODE } })];
  expect(asWritten({ ...joined(map).values, release: 'r' }, map)).toEqual({ ...map, release: 'r' });
  expect(asWritten(joined(blocks).values, map, blocks)).toEqual(blocks);
  expect(asWritten({ nodes: { n1: NODE } })).toMatchObject({ nodes: null, node: { n1: NODE }, peers: null, peer: {} });
});

test('both forms of one kind are an error; one that is unknown may come to nothing', () => {
  const both = validate(config({ nodes: written({ n1: NODE }), node: { n1: NODE } }));
  expect(both.map(({ summary }) => summary)).toEqual(['nodes: cannot be combined with node blocks']);
  expect(validate(config({ nodes: UNKNOWN, node: { n1: NODE } }))).toEqual([]);
  expect(validate(config({ nodes: written(null), node: { n1: NODE } }))).toEqual([]);
});

test('a problem is placed where it is written', () => {
  const wrong = { n1: { ...NODE, ipv4_address: 'x' } };
  expect(validate(config({ node: wrong }))[0].path).toEqual(['node', 'n1', 'ipv4_address']);
  expect(validate(config({ nodes: written(wrong) }))[0].path).toEqual(['nodes', 'n1', 'ipv4_address']);
});

test('a state from before there were two forms has its maps as blocks', () => {
  const state = { name: 'f', nodes: { n1: NODE }, peers: {} };
  expect(upgrade!(0, state)).toMatchObject({ nodes: null, node: { n1: NODE }, peers: null, peer: {}, rack: {} });
  expect(upgrade!(1, { nodes: null, node: { n1: NODE } })).toEqual({ nodes: null, node: { n1: NODE } });
});
