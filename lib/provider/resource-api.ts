import type { Diagnostic } from './diagnostic';
import type { Attributes, Value, Values, ValueType } from './value';

/** A provider, independent of the protocol: resources, data sources and functions by Terraform name. */
export interface Provider {
  readonly resources: Readonly<Record<string, Resource>>;
  readonly dataSources: Readonly<Record<string, DataSource>>;
  readonly functions: Readonly<Record<string, ProviderFunction>>;
}

export interface Schema {
  /** Schema version of the state; older state is passed to `upgrade`. */
  readonly version: number;
  readonly description: string;
  readonly attributes: Attributes;
}

/** Private state of a resource, not shown to users: JSON. */
export type Private = Readonly<Record<string, unknown>>;

/** Run-wide context of a resource operation. */
export interface Context {
  /** Aborted on Ctrl-C: start nothing new, confirm nothing. */
  readonly stop: AbortSignal;
}

interface Plan {
  readonly planned: Values;
  readonly private?: Private;
  /**
   * Attributes whose change requires replacement. Peerform's own resources have none: replacing a fabric would cut it
   * off.
   */
  readonly replacesFor?: readonly string[];
  readonly diagnostics?: readonly Diagnostic[];
}

/** Result of an apply or refresh. `state` null: the resource does not exist (any more). */
export interface ResourceResult {
  readonly state: Values | null;
  readonly private?: Private;
  readonly diagnostics?: readonly Diagnostic[];
}

/** A resource type. Values use Terraform names (snake_case). Any exception is reported as a bug of the provider. */
export interface Resource {
  readonly schema: Schema;
  /** Validates the configuration alone; parts may be unknown. */
  validate(config: Values): readonly Diagnostic[];
  /** Returns the planned state. `prior` null: create. Deletion is not planned. */
  plan(
    request: {
      readonly config: Values;
      readonly prior: Values | null;
      readonly private: Private;
    },
    context: Context,
  ): Promise<Plan>;
  /** A create that fails must leave nothing behind and return null state. */
  create(
    request: { readonly planned: Values; readonly config: Values; readonly private: Private },
    context: Context,
  ): Promise<ResourceResult>;
  read(request: { readonly state: Values; readonly private: Private }, context: Context): Promise<ResourceResult>;
  /** An update that fails returns what really exists. */
  update(
    request: {
      readonly prior: Values;
      readonly planned: Values;
      readonly config: Values;
      readonly private: Private;
    },
    context: Context,
  ): Promise<ResourceResult>;
  /** Null state: deleted. */
  delete(request: { readonly prior: Values; readonly private: Private }, context: Context): Promise<ResourceResult>;
  /**
   * Fills in attributes that stored state lacks because it was written before they existed. Applied on every read, so
   * it causes no change in a plan.
   */
  complete?(state: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Converts state of an older version (JSON as stored). Default: versions have the same format. */
  upgrade?(version: number, state: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  importState?(id: string, context: Context): Promise<ResourceResult>;
}

interface DataSource {
  readonly schema: Schema;
  validate(config: Values): readonly Diagnostic[];
  read(config: Values, context: Context): Promise<ResourceResult>;
}

/** A pure function for Terraform expressions. */
export interface ProviderFunction {
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly { readonly name: string; readonly type: ValueType; readonly description: string }[];
  readonly returns: ValueType;
  call(args: readonly Value[]): { readonly result: Value } | { readonly error: string; readonly argument?: number };
}
