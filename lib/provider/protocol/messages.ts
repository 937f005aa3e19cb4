/**
 * The messages of Terraform's plugin protocol 6.8 that this provider speaks, as tables from field to number. Fields
 * that neither side of ours uses are left out: what is unknown is passed over.
 */
import { bool, bytes, type Decoded, int, type Message, map, maybe, message, nested, repeated, text } from './protobuf';

/** A value of Terraform's type system, in one of two encodings. */
export const DynamicValue = message({ msgpack: bytes(1), json: bytes(2) });
export type DynamicValue = Partial<Decoded<typeof DynamicValue>>;

const value = (number: number) => nested(number, () => DynamicValue);

const AttributePathStep = message({ attributeName: maybe(text(1)), keyString: maybe(text(2)), keyInt: maybe(int(3)) });
const AttributePath = message({ steps: repeated(nested(1, () => AttributePathStep)) });

export const SEVERITY = { error: 1, warning: 2 } as const;

const Diagnostic = message({
  severity: int(1),
  summary: text(2),
  detail: text(3),
  attribute: nested(4, () => AttributePath),
});
export type WireDiagnostic = Partial<Decoded<typeof Diagnostic>>;
const diagnostics = (number: number) => repeated(nested(number, () => Diagnostic));

export const NESTING = { single: 1, list: 2, map: 4 } as const;

/** An attribute of a schema: a `type` as JSON, or a `nestedType` with attributes of its own. */
export interface WireAttribute {
  name: string;
  type: Uint8Array;
  description: string;
  required: boolean;
  optional: boolean;
  computed: boolean;
  sensitive: boolean;
  writeOnly: boolean;
  nestedType: Partial<WireObject> | undefined;
}
interface WireObject {
  attributes: readonly Partial<WireAttribute>[];
  nesting: number;
}
const SchemaAttribute: Message<WireAttribute> = message<WireAttribute>({
  name: text(1),
  type: bytes(2),
  description: text(3),
  required: bool(4),
  optional: bool(5),
  computed: bool(6),
  sensitive: bool(7),
  writeOnly: bool(11),
  nestedType: nested<WireObject>(10, () => SchemaObject),
});
const SchemaObject: Message<WireObject> = message<WireObject>({
  attributes: repeated(nested(1, () => SchemaAttribute)),
  nesting: int(3),
});
/** Blocks within a block: here always a map of them, each with its key as its label. */
export interface WireBlocks {
  typeName: string;
  block: Partial<WireBlock> | undefined;
  nesting: number;
}
interface WireBlock {
  version: number;
  attributes: readonly Partial<WireAttribute>[];
  blockTypes: readonly Partial<WireBlocks>[];
  description: string;
}
const SchemaBlock: Message<WireBlock> = message<WireBlock>({
  version: int(1),
  attributes: repeated(nested<WireAttribute>(2, () => SchemaAttribute)),
  blockTypes: repeated(nested<WireBlocks>(3, () => NestedBlock)),
  description: text(4),
});
const NestedBlock: Message<WireBlocks> = message<WireBlocks>({
  typeName: text(1),
  block: nested<WireBlock>(2, () => SchemaBlock),
  nesting: int(3),
});
const Schema = message({ version: int(1), block: nested(2, () => SchemaBlock) });
export type WireSchema = Partial<Decoded<typeof Schema>>;

const FunctionParameter = message({
  name: text(1),
  type: bytes(2),
  allowNull: bool(3),
  allowUnknown: bool(4),
  description: text(5),
});
const FunctionReturn = message({ type: bytes(1) });
const FunctionSignature = message({
  parameters: repeated(nested(1, () => FunctionParameter)),
  return: nested(3, () => FunctionReturn),
  summary: text(4),
  description: text(5),
});
export type WireFunction = Partial<Decoded<typeof FunctionSignature>>;
const FunctionError = message({ text: text(1), argument: maybe(int(2)) });

const ServerCapabilities = message({ planDestroy: bool(1), schemaOptional: bool(2), moveState: bool(3) });
const TypeName = message({ typeName: text(1) });
const FunctionName = message({ name: text(1) });

const Empty = message({});
const schemas = (number: number) => map(number, (n) => nested(n, () => Schema));
const functions = (number: number) => map(number, (n) => nested(n, () => FunctionSignature));
const ImportedResource = message({ typeName: text(1), state: value(2), private: bytes(3) });
const RawState = message({ json: bytes(1), flatmap: map(2, text) });
const onlyDiagnostics = message({ diagnostics: diagnostics(1) });

/** Request and response of every RPC of the service `tfplugin6.Provider` that is answered. */
export const RPC = {
  GetMetadata: {
    request: Empty,
    response: message({
      serverCapabilities: nested(1, () => ServerCapabilities),
      diagnostics: diagnostics(2),
      dataSources: repeated(nested(3, () => TypeName)),
      resources: repeated(nested(4, () => TypeName)),
      functions: repeated(nested(5, () => FunctionName)),
    }),
  },
  GetProviderSchema: {
    request: Empty,
    response: message({
      provider: nested(1, () => Schema),
      resourceSchemas: schemas(2),
      dataSourceSchemas: schemas(3),
      diagnostics: diagnostics(4),
      serverCapabilities: nested(6, () => ServerCapabilities),
      functions: functions(7),
    }),
  },
  ValidateProviderConfig: { request: message({ config: value(1) }), response: onlyDiagnostics },
  ValidateResourceConfig: { request: message({ typeName: text(1), config: value(2) }), response: onlyDiagnostics },
  ValidateDataResourceConfig: { request: message({ typeName: text(1), config: value(2) }), response: onlyDiagnostics },
  UpgradeResourceState: {
    request: message({ typeName: text(1), version: int(2), rawState: nested(3, () => RawState) }),
    response: message({ upgradedState: value(1), diagnostics: diagnostics(2) }),
  },
  ConfigureProvider: { request: message({ terraformVersion: text(1), config: value(2) }), response: onlyDiagnostics },
  ReadResource: {
    request: message({ typeName: text(1), currentState: value(2), private: bytes(3) }),
    response: message({ newState: value(1), diagnostics: diagnostics(2), private: bytes(3) }),
  },
  PlanResourceChange: {
    request: message({
      typeName: text(1),
      priorState: value(2),
      proposedNewState: value(3),
      config: value(4),
      priorPrivate: bytes(5),
    }),
    response: message({
      plannedState: value(1),
      requiresReplace: repeated(nested(2, () => AttributePath)),
      plannedPrivate: bytes(3),
      diagnostics: diagnostics(4),
    }),
  },
  ApplyResourceChange: {
    request: message({
      typeName: text(1),
      priorState: value(2),
      plannedState: value(3),
      config: value(4),
      plannedPrivate: bytes(5),
    }),
    response: message({ newState: value(1), private: bytes(2), diagnostics: diagnostics(3) }),
  },
  ImportResourceState: {
    request: message({ typeName: text(1), id: text(2) }),
    response: message({ importedResources: repeated(nested(1, () => ImportedResource)), diagnostics: diagnostics(2) }),
  },
  ReadDataSource: {
    request: message({ typeName: text(1), config: value(2) }),
    response: message({ state: value(1), diagnostics: diagnostics(2) }),
  },
  GetFunctions: { request: Empty, response: message({ functions: functions(1), diagnostics: diagnostics(2) }) },
  CallFunction: {
    request: message({ name: text(1), arguments: repeated(value(2)) }),
    response: message({ result: value(1), error: nested(2, () => FunctionError) }),
  },
  StopProvider: { request: Empty, response: message({ error: text(1) }) },
} as const;

export type Rpc = keyof typeof RPC;
export type Request<R extends Rpc> = Decoded<(typeof RPC)[R]['request']>;
export type Response<R extends Rpc> = Partial<Decoded<(typeof RPC)[R]['response']>>;
