import { printableLines } from '../../model/printable';
import { type Diagnostic, error, hasErrors } from '../diagnostic';
import type { Context, Private, Provider, ProviderFunction, ResourceResult, Schema } from '../resource-api';
import { isBlocks } from '../schema';
import { conform, conformObject, mapValues } from '../value';
import { Decoded, isNil, rawValue } from './decoded';
import type { Unary } from './grpc';
import { type DynamicValue, type Response, RPC, type Rpc, type RpcRequest } from './messages';
import { pack } from './msgpack';
import { wireDiagnostic } from './wire-diagnostic';
import { NO_CONFIG, wireFunction, wireSchema } from './wire-schema';

/**
 * The service `tfplugin6.Provider` for a provider: decodes requests, calls it, encodes responses, and turns exceptions
 * into diagnostics.
 */
export function providerService(provider: Provider): Map<string, Unary> {
  const handlers = handlersOf(provider);
  return new Map(
    (Object.keys(RPC) as Rpc[]).map((name) => {
      const { request, response } = RPC[name];
      const handler = handlers[name] as (decoded: unknown) => Promise<object> | object;
      return [
        `/tfplugin6.Provider/${name}`,
        async (bytes) => response.encode((await handler(request.decode(bytes))) as never),
      ];
    }),
  );
}

type Handlers = { readonly [R in Rpc]: (request: RpcRequest<R>) => Promise<Response<R>> | Response<R> };

/** Looks up a table by a name from Terraform. Terraform received the names from us, so a miss is a bug. */
function find<T>(table: Readonly<Record<string, T>>, name: string): T {
  if (!Object.hasOwn(table, name)) throw new Error(`the provider has no ${name}`);
  return table[name];
}

function handlersOf(provider: Provider): Handlers {
  const stop = new AbortController();
  const decoded = new Decoded();
  const read = (value: DynamicValue | undefined, schema: Schema) => decoded.of(value, schema);
  const context: Context = { stop: stop.signal };
  const { resources, dataSources, functions } = provider;
  const serverCapabilities = { schemaOptional: true };

  return {
    GetMetadata: () => ({
      serverCapabilities,
      resources: Object.keys(resources).map((typeName) => ({ typeName })),
      dataSources: Object.keys(dataSources).map((typeName) => ({ typeName })),
      functions: Object.keys(functions).map((name) => ({ name })),
    }),
    GetProviderSchema: () => ({
      serverCapabilities,
      provider: NO_CONFIG,
      resourceSchemas: mapValues(resources, ({ schema }) => wireSchema(schema)),
      dataSourceSchemas: mapValues(dataSources, ({ schema }) => wireSchema(schema)),
      functions: mapValues(functions, wireFunction),
    }),
    GetFunctions: () => ({ functions: mapValues(functions, wireFunction) }),
    ValidateProviderConfig: () => ({}),
    ConfigureProvider: () => ({}),

    ValidateResourceConfig: ({ typeName, config }) =>
      guard(find(resources, typeName).schema, (schema) => ({
        diagnostics: find(resources, typeName).validate(read(config, schema)!),
      })),
    ValidateDataResourceConfig: ({ typeName, config }) =>
      guard(find(dataSources, typeName).schema, (schema) => ({
        diagnostics: find(dataSources, typeName).validate(read(config, schema)!),
      })),

    UpgradeResourceState: ({ typeName, version, rawState }) =>
      guard(find(resources, typeName).schema, (schema) => {
        const stored = JSON.parse(Buffer.from(rawState?.json ?? []).toString('utf8') || 'null');
        const resource = find(resources, typeName);
        const state = version < schema.version && resource.upgrade ? resource.upgrade(version, stored) : stored;
        return { upgradedState: write((state && resource.complete?.(state)) ?? state, schema) };
      }),

    ReadResource: ({ typeName, currentState, private: kept }) =>
      guard(find(resources, typeName).schema, async (schema) => {
        const state = read(currentState, schema);
        if (state === null) return { newState: write(null, schema) };
        const outcome = await find(resources, typeName).read({ state, private: readPrivate(kept) }, context);
        return {
          newState: write(outcome.state, schema),
          private: writePrivate(outcome.private ?? readPrivate(kept)),
          diagnostics: outcome.diagnostics,
        };
      }),

    PlanResourceChange: ({ typeName, priorState, proposedNewState, config, priorPrivate }) =>
      guard(find(resources, typeName).schema, async (schema) => {
        // Deletion.
        if (isNil(proposedNewState)) return { plannedState: proposedNewState, plannedPrivate: priorPrivate };
        const plan = await find(resources, typeName).plan(
          {
            config: read(config, schema)!,
            prior: read(priorState, schema),
            private: readPrivate(priorPrivate),
          },
          context,
        );
        return {
          plannedState: write(plan.planned, schema),
          requiresReplace: (plan.replacesFor ?? []).map((attributeName) => ({ steps: [{ attributeName }] })),
          plannedPrivate: writePrivate(plan.private ?? readPrivate(priorPrivate)),
          diagnostics: plan.diagnostics,
        };
      }),

    ApplyResourceChange: ({ typeName, priorState, plannedState, config: configuration, plannedPrivate }) => {
      const kept = readPrivate(plannedPrivate);
      // If the provider itself fails, the prior state is the best knowledge of what exists; for a create, nothing.
      const failed = { newState: priorState, private: writePrivate(kept) };
      return guard(
        find(resources, typeName).schema,
        async (schema) => {
          const resource = find(resources, typeName);
          const prior = read(priorState, schema);
          const planned = read(plannedState, schema);
          const config = read(configuration, schema);
          const outcome: ResourceResult =
            planned === null
              ? await resource.delete({ prior: prior!, private: kept }, context)
              : prior === null
                ? await resource.create({ planned, config: config!, private: kept }, context)
                : await resource.update({ prior, planned, config: config!, private: kept }, context);
          return {
            newState: write(outcome.state, schema),
            private: writePrivate(outcome.private ?? kept),
            diagnostics: outcome.diagnostics,
          };
        },
        failed,
      );
    },

    ImportResourceState: ({ typeName, id }) =>
      guard(find(resources, typeName).schema, async (schema) => {
        const resource = find(resources, typeName);
        if (!resource.importState)
          return { diagnostics: [error(`${typeName} cannot be imported`, 'Add it to the configuration and apply.')] };
        const { state, private: kept = {}, diagnostics = [] } = await resource.importState(id, context);
        if (state === null || hasErrors(diagnostics)) return { diagnostics };
        return {
          diagnostics,
          importedResources: [{ typeName, state: write(state, schema), private: writePrivate(kept) }],
        };
      }),

    ReadDataSource: ({ typeName, config }) =>
      guard(find(dataSources, typeName).schema, async (schema) => {
        const { state, diagnostics } = await find(dataSources, typeName).read(read(config, schema)!, context);
        return { state: write(state, schema), diagnostics };
      }),

    CallFunction: ({ name, arguments: given }) => call(find(functions, name), given),

    // Returns at once. Running operations see the signal, stop where they can, and confirm nothing.
    StopProvider() {
      stop.abort();
      return {};
    },
  };
}

type Answer<R> = Omit<R, 'diagnostics'> & { diagnostics?: readonly Diagnostic[] };

/**
 * Runs a handler and converts its diagnostics for the schema. An exception becomes a diagnostic without a stack trace.
 */
async function guard<R extends object>(
  schema: Schema,
  handler: (schema: Schema) => Answer<R> | Promise<Answer<R>>,
  failed: Partial<R> = {},
): Promise<R> {
  const wire = (diagnostics: readonly Diagnostic[] = []) =>
    diagnostics.map((diagnostic) => wireDiagnostic(diagnostic, schema.attributes));
  try {
    const answer = await handler(schema);
    return { ...answer, diagnostics: wire(answer.diagnostics) } as R;
  } catch (thrown) {
    const stack = thrown instanceof Error ? String(thrown.stack) : String(thrown);
    process.stderr.write(`[ERROR] ${printableLines(stack)}\n`);
    const bug = error(
      'The Peerform provider failed',
      `${thrown instanceof Error ? thrown.message : String(thrown)}\nThis is a bug in the provider; the log (TF_LOG=error) holds more.`,
    );
    return { ...failed, diagnostics: wire([bug]) } as R;
  }
}

function call(called: ProviderFunction, given: readonly Partial<DynamicValue>[]): Response<'CallFunction'> {
  const args = given.map((argument, i) => conform(rawValue(argument), called.parameters[i].type));
  const outcome = called.call(args);
  return 'error' in outcome
    ? { error: { text: printableLines(outcome.error), argument: outcome.argument } }
    : { result: { msgpack: pack(outcome.result) } };
}

function write(value: Readonly<Record<string, unknown>> | null, schema: Schema): DynamicValue {
  if (value === null) return { msgpack: pack(null) };
  const written: Record<string, unknown> = { ...conformObject(value, schema.attributes) };
  for (const [name, attribute] of Object.entries(schema.attributes)) {
    // Write-only attributes are never in a plan or state, whatever the resource returns.
    if (attribute.isWriteOnly) written[name] = null;
    // Blocks can be empty but not null.
    else if (isBlocks(attribute)) written[name] ??= {};
  }
  return { msgpack: pack(written) };
}

function readPrivate(bytes: Uint8Array | undefined): Private {
  return bytes?.length ? JSON.parse(Buffer.from(bytes).toString('utf8')) : {};
}

const writePrivate = (kept: Private): Uint8Array => Buffer.from(JSON.stringify(kept));
