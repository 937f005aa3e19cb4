/**
 * The messages of Terraform's plugin protocol 6.8 that this provider uses, as tables from field name to number. Unused
 * fields are left out: the decoder skips unknown fields.
 */
import {
  bool,
  bytes,
  type DecodedMessage,
  int,
  type MessageCodec,
  map,
  maybe,
  messageCodec,
  nested,
  repeatedField,
  stringField,
} from '../../control/protobuf';

/** A value of Terraform's type system, in one of two encodings. */
export const DynamicValue = messageCodec({ msgpack: bytes(1), json: bytes(2) });
export type DynamicValue = Partial<DecodedMessage<typeof DynamicValue>>;

const value = (number: number) => nested(number, () => DynamicValue);

const AttributePathStep = messageCodec({
  attributeName: maybe(stringField(1)),
  keyString: maybe(stringField(2)),
  keyInt: maybe(int(3)),
});
const AttributePath = messageCodec({ steps: repeatedField(nested(1, () => AttributePathStep)) });

export const SEVERITY = { error: 1, warning: 2 } as const;

const Diagnostic = messageCodec({
  severity: int(1),
  summary: stringField(2),
  detail: stringField(3),
  attribute: nested(4, () => AttributePath),
});
export type WireDiagnostic = Partial<DecodedMessage<typeof Diagnostic>>;
const diagnostics = (number: number) => repeatedField(nested(number, () => Diagnostic));

export const NESTING = { single: 1, list: 2, map: 4 } as const;

/** A schema attribute: a `type` as JSON, or a `nestedType` with nested attributes. */
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
const SchemaAttribute: MessageCodec<WireAttribute> = messageCodec<WireAttribute>({
  name: stringField(1),
  type: bytes(2),
  description: stringField(3),
  required: bool(4),
  optional: bool(5),
  computed: bool(6),
  sensitive: bool(7),
  writeOnly: bool(11),
  nestedType: nested<WireObject>(10, () => SchemaObject),
});
const SchemaObject: MessageCodec<WireObject> = messageCodec<WireObject>({
  attributes: repeatedField(nested(1, () => SchemaAttribute)),
  nesting: int(3),
});
/** Nested blocks: here always a map, with keys as labels. */
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
const SchemaBlock: MessageCodec<WireBlock> = messageCodec<WireBlock>({
  version: int(1),
  attributes: repeatedField(nested<WireAttribute>(2, () => SchemaAttribute)),
  blockTypes: repeatedField(nested<WireBlocks>(3, () => NestedBlock)),
  description: stringField(4),
});
const NestedBlock: MessageCodec<WireBlocks> = messageCodec<WireBlocks>({
  typeName: stringField(1),
  block: nested<WireBlock>(2, () => SchemaBlock),
  nesting: int(3),
});
const Schema = messageCodec({ version: int(1), block: nested(2, () => SchemaBlock) });
export type WireSchema = Partial<DecodedMessage<typeof Schema>>;

const FunctionParameter = messageCodec({
  name: stringField(1),
  type: bytes(2),
  allowNull: bool(3),
  allowUnknown: bool(4),
  description: stringField(5),
});
const FunctionReturn = messageCodec({ type: bytes(1) });
const FunctionSignature = messageCodec({
  parameters: repeatedField(nested(1, () => FunctionParameter)),
  return: nested(3, () => FunctionReturn),
  summary: stringField(4),
  description: stringField(5),
});
export type WireFunction = Partial<DecodedMessage<typeof FunctionSignature>>;
const FunctionError = messageCodec({ text: stringField(1), argument: maybe(int(2)) });

const ServerCapabilities = messageCodec({ planDestroy: bool(1), schemaOptional: bool(2), moveState: bool(3) });
const TypeName = messageCodec({ typeName: stringField(1) });
const FunctionName = messageCodec({ name: stringField(1) });

const Empty = messageCodec({});
const schemas = (number: number) => map(number, (n) => nested(n, () => Schema));
const functions = (number: number) => map(number, (n) => nested(n, () => FunctionSignature));
const ImportedResource = messageCodec({ typeName: stringField(1), state: value(2), private: bytes(3) });
const RawState = messageCodec({ json: bytes(1), flatmap: map(2, stringField) });
const onlyDiagnostics = messageCodec({ diagnostics: diagnostics(1) });

/** Request and response of every implemented RPC of the service `tfplugin6.Provider`. */
export const RPC = {
  GetMetadata: {
    request: Empty,
    response: messageCodec({
      serverCapabilities: nested(1, () => ServerCapabilities),
      diagnostics: diagnostics(2),
      dataSources: repeatedField(nested(3, () => TypeName)),
      resources: repeatedField(nested(4, () => TypeName)),
      functions: repeatedField(nested(5, () => FunctionName)),
    }),
  },
  GetProviderSchema: {
    request: Empty,
    response: messageCodec({
      provider: nested(1, () => Schema),
      resourceSchemas: schemas(2),
      dataSourceSchemas: schemas(3),
      diagnostics: diagnostics(4),
      serverCapabilities: nested(6, () => ServerCapabilities),
      functions: functions(7),
    }),
  },
  ValidateProviderConfig: { request: messageCodec({ config: value(1) }), response: onlyDiagnostics },
  ValidateResourceConfig: {
    request: messageCodec({ typeName: stringField(1), config: value(2) }),
    response: onlyDiagnostics,
  },
  ValidateDataResourceConfig: {
    request: messageCodec({ typeName: stringField(1), config: value(2) }),
    response: onlyDiagnostics,
  },
  UpgradeResourceState: {
    request: messageCodec({ typeName: stringField(1), version: int(2), rawState: nested(3, () => RawState) }),
    response: messageCodec({ upgradedState: value(1), diagnostics: diagnostics(2) }),
  },
  ConfigureProvider: {
    request: messageCodec({ terraformVersion: stringField(1), config: value(2) }),
    response: onlyDiagnostics,
  },
  ReadResource: {
    request: messageCodec({ typeName: stringField(1), currentState: value(2), private: bytes(3) }),
    response: messageCodec({ newState: value(1), diagnostics: diagnostics(2), private: bytes(3) }),
  },
  PlanResourceChange: {
    request: messageCodec({
      typeName: stringField(1),
      priorState: value(2),
      proposedNewState: value(3),
      config: value(4),
      priorPrivate: bytes(5),
    }),
    response: messageCodec({
      plannedState: value(1),
      requiresReplace: repeatedField(nested(2, () => AttributePath)),
      plannedPrivate: bytes(3),
      diagnostics: diagnostics(4),
    }),
  },
  ApplyResourceChange: {
    request: messageCodec({
      typeName: stringField(1),
      priorState: value(2),
      plannedState: value(3),
      config: value(4),
      plannedPrivate: bytes(5),
    }),
    response: messageCodec({ newState: value(1), private: bytes(2), diagnostics: diagnostics(3) }),
  },
  ImportResourceState: {
    request: messageCodec({ typeName: stringField(1), id: stringField(2) }),
    response: messageCodec({
      importedResources: repeatedField(nested(1, () => ImportedResource)),
      diagnostics: diagnostics(2),
    }),
  },
  ReadDataSource: {
    request: messageCodec({ typeName: stringField(1), config: value(2) }),
    response: messageCodec({ state: value(1), diagnostics: diagnostics(2) }),
  },
  GetFunctions: { request: Empty, response: messageCodec({ functions: functions(1), diagnostics: diagnostics(2) }) },
  CallFunction: {
    request: messageCodec({ name: stringField(1), arguments: repeatedField(value(2)) }),
    response: messageCodec({ result: value(1), error: nested(2, () => FunctionError) }),
  },
  StopProvider: { request: Empty, response: messageCodec({ error: stringField(1) }) },
} as const;

export type Rpc = keyof typeof RPC;
export type RpcRequest<R extends Rpc> = DecodedMessage<(typeof RPC)[R]['request']>;
export type Response<R extends Rpc> = Partial<DecodedMessage<(typeof RPC)[R]['response']>>;
