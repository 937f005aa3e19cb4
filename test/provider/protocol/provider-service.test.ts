import { error } from '../../../lib/provider/diagnostic';
import { type Response, RPC, type Rpc, type RpcRequest } from '../../../lib/provider/protocol/messages';
import { pack, unpack } from '../../../lib/provider/protocol/msgpack';
import { providerService } from '../../../lib/provider/protocol/provider-service';
import type { Context, Resource } from '../../../lib/provider/resource-api';
import type { Attributes } from '../../../lib/provider/value';

const HOLE: Attributes = { depth: { type: 'number', set: 'required', description: 'Depth.' } };
const thing: Resource = {
  schema: {
    version: 1,
    description: 'A thing.',
    attributes: {
      name: { type: 'string', set: 'required', description: 'Name.' },
      parts: {
        type: {
          map: {
            object: {
              size: { type: 'number', set: 'optional', description: 'Size.' },
              holes: { type: { list: { object: HOLE } }, set: 'optional', description: 'Holes.' },
            },
          },
        },
        set: 'optional',
        description: 'Parts.',
      },
    },
  },
  validate: (config) => (config.name === 'bad' ? [error('bad part', 'mend it', ['parts', 'a.b', 'size'])] : []),
  plan: async ({ config }) => ({ planned: config, private: { planned: true } }),
  create: async ({ planned }) => {
    if (planned.name === 'throws') throw new Error('no luck');
    return { state: planned };
  },
  read: async ({ state, private: kept }) => ({ state, private: { ...kept, read: true } }),
  update: async ({ planned }) => {
    if (planned.name === 'throws') throw new Error('no luck');
    return { state: planned };
  },
  delete: async () => ({ state: null }),
  upgrade: (_, { title, ...rest }) => ({ ...rest, name: title }),
};

const service = providerService({ resources: { thing }, dataSources: {}, functions: {} });
async function rpc<R extends Rpc>(name: R, request: Partial<RpcRequest<R>>): Promise<Response<R>> {
  const { request: from, response: to } = RPC[name];
  const bytes = await service.get(`/tfplugin6.Provider/${name}`)!(from.encode(request as never));
  return to.decode(bytes) as unknown as Response<R>;
}
const value = (inner: unknown) => ({ msgpack: pack(inner) });
const content = (wire: { msgpack?: Uint8Array } | undefined) => unpack(wire!.msgpack!);

beforeEach(() => jest.spyOn(process.stderr, 'write').mockReturnValue(true));
afterEach(() => jest.restoreAllMocks());

test('the schema tells nested attributes with their nesting, and maps of objects that a person writes as blocks', async () => {
  const { resourceSchemas } = await rpc('GetProviderSchema', {});
  const { attributes, blockTypes } = resourceSchemas!.thing!.block!;
  const [name, ...rest] = attributes!;
  expect(rest).toEqual([]);
  expect(name).toMatchObject({ name: 'name', required: true, computed: false });
  expect(Buffer.from(name.type!).toString()).toBe('"string"');
  expect(blockTypes).toMatchObject([{ typeName: 'parts', nesting: 4, block: { description: 'Parts.' } }]);
  const [size, holes] = blockTypes![0].block!.attributes!;
  expect(size).toMatchObject({ name: 'size', optional: true });
  expect(holes).toMatchObject({ name: 'holes', optional: true, nestedType: { nesting: 2 } });
  expect(holes.nestedType!.attributes![0]).toMatchObject({ name: 'depth', required: true });
});

test('a problem carries the path to its attribute, map keys as keys', async () => {
  const { diagnostics } = await rpc('ValidateResourceConfig', { typeName: 'thing', config: value({ name: 'bad' }) });
  expect(diagnostics).toMatchObject([{ severity: 1, summary: 'bad part', detail: 'mend it' }]);
  expect(diagnostics![0].attribute!.steps).toMatchObject([
    { attributeName: 'parts' },
    { keyString: 'a.b' },
    { attributeName: 'size' },
  ]);
});

test('private data goes from plan and read to what comes after', async () => {
  const planned = await rpc('PlanResourceChange', {
    typeName: 'thing',
    priorState: value(null),
    config: value({ name: 'a' }),
    proposedNewState: value({ name: 'a' }),
  });
  expect(content(planned.plannedState)).toEqual({ name: 'a', parts: {} });
  const read = await rpc('ReadResource', {
    typeName: 'thing',
    currentState: value({ name: 'a' }),
    private: planned.plannedPrivate,
  });
  expect(JSON.parse(Buffer.from(read.private!).toString())).toEqual({ planned: true, read: true });
});

test('a create that throws leaves a null state, an update that throws the prior one; both say why without a stack', async () => {
  const planned = value({ name: 'throws', parts: null });
  const created = await rpc('ApplyResourceChange', {
    typeName: 'thing',
    priorState: value(null),
    plannedState: planned,
    config: planned,
  });
  expect(content(created.newState)).toBeNull();
  expect(created.diagnostics![0]).toMatchObject({ severity: 1, summary: 'The Peerform provider failed' });
  expect(created.diagnostics![0].detail).toContain('no luck');
  expect(created.diagnostics![0].detail).not.toContain(' at ');
  const prior = value({ name: 'a', parts: {} });
  const updated = await rpc('ApplyResourceChange', {
    typeName: 'thing',
    priorState: prior,
    plannedState: planned,
    config: planned,
  });
  expect(content(updated.newState)).toEqual({ name: 'a', parts: {} });
});

test('state of an older version is upgraded, state of this version only brought into form', async () => {
  const upgrade = async (version: number, state: object) =>
    content(
      (
        await rpc('UpgradeResourceState', {
          typeName: 'thing',
          version,
          rawState: { json: Buffer.from(JSON.stringify(state)) },
        })
      ).upgradedState,
    );
  expect(await upgrade(0, { title: 'old', gone: 1 })).toEqual({ name: 'old', parts: {} });
  expect(await upgrade(1, { name: 'new', parts: { p: {} } })).toEqual({
    name: 'new',
    parts: { p: { size: null, holes: null } },
  });
});

test('StopProvider is answered while an apply is under way, which hears of it', async () => {
  let context: Context | undefined;
  let release = () => {};
  const slow: Resource = {
    ...thing,
    create: async ({ planned }, given) => {
      context = given;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { state: planned };
    },
  };
  const stopping = providerService({ resources: { slow }, dataSources: {}, functions: {} });
  const planned = value({ name: 'a', parts: {} });
  const applied = stopping.get('/tfplugin6.Provider/ApplyResourceChange')!(
    RPC.ApplyResourceChange.request.encode({
      typeName: 'slow',
      priorState: value(null),
      plannedState: planned,
      config: planned,
    }),
  );
  await stopping.get('/tfplugin6.Provider/StopProvider')!(new Uint8Array(0));
  expect(context!.stop.aborted).toBe(true);
  release();
  await applied;
});

test('a resource that cannot be imported says so', async () => {
  const { diagnostics } = await rpc('ImportResourceState', { typeName: 'thing', id: 'x' });
  expect(diagnostics).toMatchObject([{ summary: 'thing cannot be imported' }]);
});
