import type { Diagnostic } from './diagnostic';
import type { Attributes, Value, Values, ValueType } from './value';

/** What a provider is, whatever protocol carries it: resources, data sources and functions by their Terraform names. */
export interface Provider {
  readonly resources: Readonly<Record<string, Resource>>;
  readonly dataSources: Readonly<Record<string, DataSource>>;
  readonly functions: Readonly<Record<string, ProviderFunction>>;
}

export interface Schema {
  /** Version of the shape in state; a state of an older one goes through `upgrade`. */
  readonly version: number;
  readonly description: string;
  readonly attributes: Attributes;
}

/** What a resource keeps beside its state, unseen by people: JSON. */
export type Private = Readonly<Record<string, unknown>>;

/** What the run as a whole says to a resource. */
export interface Context {
  /** Aborted when the person pressed Ctrl-C: begin nothing new, confirm nothing. */
  readonly stop: AbortSignal;
}

interface Plan {
  readonly planned: Values;
  readonly private?: Private;
  /**
   * Attributes whose change makes it another resource. None of Peerform's own has any: to replace a fabric would cut it
   * off.
   */
  readonly replacesFor?: readonly string[];
  readonly diagnostics?: readonly Diagnostic[];
}

/** What is true after an apply or a refresh; `state` null: the resource does not exist (any more). */
export interface ResourceResult {
  readonly state: Values | null;
  readonly private?: Private;
  readonly diagnostics?: readonly Diagnostic[];
}

/**
 * One resource type. Values are named as in Terraform (snake_case). Anything thrown is reported as a bug of the
 * provider.
 */
export interface Resource {
  readonly schema: Schema;
  /** Checks the configuration alone; parts may be unknown. */
  validate(config: Values): readonly Diagnostic[];
  /** What apply would leave behind; `prior` null: create. Deletion is not planned. */
  plan(
    request: {
      readonly config: Values;
      readonly prior: Values | null;
      readonly private: Private;
    },
    context: Context,
  ): Promise<Plan>;
  /** A create that fails must leave nothing and give a null state. */
  create(
    request: { readonly planned: Values; readonly config: Values; readonly private: Private },
    context: Context,
  ): Promise<ResourceResult>;
  read(request: { readonly state: Values; readonly private: Private }, context: Context): Promise<ResourceResult>;
  /** An update that fails gives what is really there. */
  update(
    request: {
      readonly prior: Values;
      readonly planned: Values;
      readonly config: Values;
      readonly private: Private;
    },
    context: Context,
  ): Promise<ResourceResult>;
  /** Null state: gone. */
  delete(request: { readonly prior: Values; readonly private: Private }, context: Context): Promise<ResourceResult>;
  /**
   * What a stored state lacks that was written before an attribute came to be: filled in whenever it is read, and so no
   * change in any plan.
   */
  complete?(state: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** State of an older version (JSON as stored) to this version's; without it versions differ in nothing. */
  upgrade?(version: number, state: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  importState?(id: string, context: Context): Promise<ResourceResult>;
}

interface DataSource {
  readonly schema: Schema;
  validate(config: Values): readonly Diagnostic[];
  read(config: Values, context: Context): Promise<ResourceResult>;
}

/** A pure function for Terraform's expressions. */
export interface ProviderFunction {
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly { readonly name: string; readonly type: ValueType; readonly description: string }[];
  readonly returns: ValueType;
  call(args: readonly Value[]): { readonly result: Value } | { readonly error: string; readonly argument?: number };
}
