import { Problem, type ProblemCode } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';
import { fabricShape } from '../../lib/model/shape';
import { commit } from '../../lib/provider/resource/commit';
import { fabric } from '../../lib/provider/resource/fabric';
import { wave } from '../../lib/provider/resource/wave';
import { schemaAttributes } from '../../lib/provider/schema';
import { diagnosticOf, pathOf, specOf } from '../../lib/provider/spec';
import { type Attributes, conformObject, UNKNOWN } from '../../lib/provider/value';

describe('the schema', () => {
  const attributes = schemaAttributes(fabricShape());

  test('has the fields of the model in snake case, AS numbers as numbers', () => {
    expect(attributes).toMatchObject({
      name: { type: 'string', set: 'required' },
      as_number: { type: 'number', set: 'optional' },
      node_to_node_mesh: { type: 'bool', set: 'optional' },
      nodes: { type: { map: { object: { ipv4_address: { type: 'string', set: 'optional' } } } } },
      peers: { type: { map: { object: { as_number: { type: 'number', set: 'optional' } } } } },
      racks: { type: { map: { object: { as_number: { type: 'number', set: 'required' } } } } },
    });
  });

  const every = (of: Attributes, inMap = false): { inMap: boolean; name: string; attribute: Attributes[string] }[] =>
    Object.entries(of).flatMap(([name, attribute]) => {
      const { type } = attribute;
      const item = typeof type !== 'object' ? undefined : 'map' in type ? type.map : 'list' in type ? type.list : type;
      const isObject = typeof item === 'object' && 'object' in item;
      return [{ inMap, name, attribute }, ...(isObject ? every(item.object, inMap || 'map' in (type as object)) : [])];
    });

  test('describes every attribute of every resource', () => {
    const silent = [fabric, wave, commit]
      .flatMap(({ schema }) => every(schema.attributes))
      .filter(({ attribute }) => attribute.description === '');
    expect(silent).toEqual([]);
  });

  test('has no write-only attribute inside a map, which would make terraform quadratic', () => {
    const inMaps = [fabric, wave, commit]
      .flatMap(({ schema }) => every(schema.attributes))
      .filter(({ inMap }) => inMap);
    expect(inMaps.length).toBeGreaterThan(10);
    expect(inMaps.filter(({ attribute }) => attribute.isWriteOnly)).toEqual([]);
  });
});

describe('a configuration', () => {
  const config = (more: Record<string, unknown>) => conformObject(more, fabric.schema.attributes);

  test('is a fabric of the model: camel case, without nulls, unknowns kept, keys of maps untouched', () => {
    const nodes = { node_a: { ipv4_address: '10.0.0.1', as_number: UNKNOWN } };
    expect(specOf(config({ name: 'f', as_number: 67111, nodes }))).toEqual({
      name: 'f',
      asNumber: 67111,
      nodes: { node_a: { ipv4Address: '10.0.0.1', asNumber: UNKNOWN } },
    });
  });

  test('has its problems told in its own spelling', () => {
    const wrong = config({ name: 'f', nodes: { n1: { ipv4_address: 'x' } } });
    const [problem] = readFabric(specOf(wrong)).problems;
    expect(diagnosticOf(problem, wrong)).toMatchObject({
      severity: 'error',
      summary: 'nodes.n1.ipv4_address: "x" is not a valid IPv4 or IPv6 address',
      path: ['nodes', 'n1', 'ipv4_address'],
    });
  });

  test('has fields named in its own spelling by messages and remedies too, and names of its own left alone', () => {
    const told = (code: ProblemCode, message: string) => diagnosticOf(Problem.of(code, message), config({}));
    expect(told('node-address', 'the node has no address').detail).toBe(
      'Give it an ipv4_address or an ipv6_address (or both).',
    );
    expect(told('timers', 'node myNode: holdTime is below keepaliveTime').summary).toBe(
      'node myNode: hold_time is below keepalive_time',
    );
  });

  test('has paths through names with dots and through lists', () => {
    const named = config({ nodes: { a: {}, 'a.b': {}, 'a.b.c': {} }, filters: { 'f.g': { import: [{}, {}] } } });
    expect(pathOf('nodes.a.b.asNumber', named)).toEqual(['nodes', 'a.b', 'as_number']);
    expect(pathOf('nodes.a.asNumber', named)).toEqual(['nodes', 'a', 'as_number']);
    expect(pathOf('filters.f.g.import.1.prefix', named)).toEqual(['filters', 'f.g', 'import', 1, 'prefix']);
    expect(pathOf('', named)).toEqual([]);
  });
});
