import { setMaxListeners } from 'node:events';
import { type Diagnostic, hasErrors } from '../../../lib/provider/diagnostic';
import { PROVIDER } from '../../../lib/provider/provider';
import type { Context, Private, ResourceResult } from '../../../lib/provider/resource-api';
import { isBlocks } from '../../../lib/provider/schema';
import { conformObject, equal, isValues, UNKNOWN, type Value, type Values } from '../../../lib/provider/value';

/** A resource as the configuration writes it. */
export interface Block {
  readonly address: string;
  /**
   * A resource of the provider; absent: a check that somebody else's provider runs at each create (a `terraform_data`).
   */
  readonly type?: string;
  readonly after: readonly string[];
  /** Attributes, by those of blocks that come before. */
  readonly attributes: (of: (address: string) => Values) => Readonly<Record<string, unknown>>;
  /** `lifecycle { ignore_changes }`. */
  readonly ignores?: readonly string[];
  /** Whether a check passes. */
  readonly passes?: () => boolean;
}

export interface Stored {
  readonly values: Values;
  readonly private: Private;
  readonly type?: string;
  readonly isTainted?: boolean;
}
export type State = ReadonlyMap<string, Stored>;

export interface RunOptions {
  readonly refresh?: boolean;
  /** Refreshes, and plans nothing. */
  readonly isRefreshOnly?: boolean;
  /** Addresses; what they come after is included. */
  readonly targets?: readonly string[];
  readonly replace?: string;
  readonly moved?: readonly (readonly [string, string])[];
  readonly destroys?: boolean;
  /** Whether the provider, and with it the run, is dead by now. */
  readonly isDead?: () => boolean;
  /** Runs a resource's part of the apply. */
  readonly during?: <T>(address: string, act: () => Promise<T>) => Promise<T>;
}

export interface Result {
  readonly isOk: boolean;
  readonly diagnostics: readonly (Diagnostic & { readonly address: string })[];
  /** What was planned to change. */
  readonly changes: readonly string[];
  /** What the plan said of each. */
  readonly planned: ReadonlyMap<string, Values>;
}

/** The provider broke a promise that Terraform's core holds it to. */
export class Inconsistent extends Error {}

interface Planned {
  readonly block: Block;
  readonly action: 'no-op' | 'create' | 'update' | 'replace';
  readonly values: Values;
}

/**
 * A model of Terraform's core as far as a provider can tell: refresh, plan, plan again in a fresh process at apply, in
 * the order of the graph and side by side where there is none; ignore_changes, taint, moved, targets; and the checks
 * that it makes of every answer.
 */
export class Terraform {
  state: State = new Map();

  /** The state, for {@link goBackTo}. */
  kept(): State {
    return this.state;
  }

  goBackTo(state: State): void {
    this.state = state;
  }

  /** Of the same folder, in another workspace. */
  inWorkspace(_: string): Terraform {
    return new Terraform();
  }

  async plan(blocks: readonly Block[], options: RunOptions = {}): Promise<Result> {
    return (await this.planned(blocks, options)).result;
  }

  /** Plans, and applies where the plan has no error. */
  async apply(blocks: readonly Block[], options: RunOptions = {}): Promise<Result> {
    const { result, plans, refreshed } = await this.planned(blocks, options);
    if (!result.isOk || options.isDead?.()) return { ...result, isOk: false };
    const state = new Map(refreshed);
    this.state = state;
    const diagnostics = [...result.diagnostics];
    const context = process();
    const chosen = [...plans.values()].map(({ block }) => block);
    const failed = new Set<string>();
    // One that is replaced is gone at once, whatever becomes of those that it comes after.
    for (const { block, action } of plans.values())
      if (!block.type && action === 'replace') state.delete(block.address);
    await inOrder(chosen, async (block) => {
      const plan = plans.get(block.address)!;
      const isGone = block.type && options.isDead?.(); // A check is of another provider, which lives.
      if (block.after.some((address) => failed.has(address)) || isGone) failed.add(block.address);
      else if (plan.action !== 'no-op') {
        const found = await this.change(plan, state, context, options);
        diagnostics.push(...found.map((it) => ({ ...it, address: block.address })));
        if (hasErrors(found)) failed.add(block.address);
      }
    });
    await Promise.all(
      this.gone(blocks, state, options).map(async ([address, stored]) => {
        if (options.isDead?.()) return void failed.add(address);
        const outcome: ResourceResult = stored.type
          ? await during(options, address, () =>
              PROVIDER.resources[stored.type!].delete({ prior: stored.values, private: stored.private }, context),
            )
          : { state: null };
        if (options.isDead?.()) return void failed.add(address);
        if (outcome.state) state.set(address, { ...stored, values: outcome.state });
        else state.delete(address);
        diagnostics.push(...(outcome.diagnostics ?? []).map((it) => ({ ...it, address })));
      }),
    );
    return { ...result, diagnostics, isOk: !hasErrors(diagnostics) && failed.size === 0 };
  }

  /** `terraform apply -refresh-only`. */
  async refresh(blocks: readonly Block[], options: RunOptions = {}): Promise<void> {
    const { result, refreshed } = await this.planned(blocks, { ...options, isRefreshOnly: true });
    if (result.isOk && !options.isDead?.()) this.state = refreshed;
  }

  /** `terraform import`, which reads what it imported; false where there is nothing to import. */
  async import(
    address: string,
    type: string,
    id: string,
    _: readonly Block[],
    { moved = [] }: RunOptions = {},
  ): Promise<boolean> {
    const resource = PROVIDER.resources[type];
    const context = process();
    const imported = await resource.importState!(id, context);
    if (!imported.state) return false;
    const conformed = conformObject(imported.state, resource.schema.attributes);
    const read = await resource.read({ state: conformed, private: imported.private ?? {} }, context);
    const values = conformObject(read.state!, resource.schema.attributes);
    const kept = read.private ?? imported.private ?? {};
    this.state = new Map(renamed(this.state, moved)).set(address, { values, private: kept, type });
    return true;
  }

  /** Resources of the state that are not configured any more. */
  private gone(blocks: readonly Block[], state: State, { destroys, targets }: RunOptions): [string, Stored][] {
    if (targets) return [];
    return [...state].filter(([address]) => destroys || !blocks.some((block) => block.address === address));
  }

  private async planned(blocks: readonly Block[], options: RunOptions) {
    const context = process();
    const diagnostics: Result['diagnostics'][number][] = [];
    const refreshed = new Map(renamed(this.state, options.moved ?? []));
    const plans = new Map<string, Planned>();
    const note = (address: string, found: readonly Diagnostic[] = []) =>
      diagnostics.push(...found.map((it) => ({ ...it, address })));
    const chosen = options.destroys ? [] : closure(blocks, options.targets);
    const refresh = async (address: string) => {
      const stored = refreshed.get(address);
      if (options.refresh === false || !stored?.type) return;
      const resource = PROVIDER.resources[stored.type];
      const read = await resource.read({ state: stored.values, private: stored.private }, context);
      note(address, read.diagnostics);
      const values = conformObject(read.state!, resource.schema.attributes);
      refreshed.set(address, { ...stored, values, private: read.private ?? stored.private });
    };
    await Promise.all([
      ...this.gone(blocks, refreshed, options).map(([address]) => refresh(address)),
      inOrder(chosen, async (block) => {
        await refresh(block.address);
        if (options.isRefreshOnly) return;
        const prior = refreshed.get(block.address);
        const of = (address: string): Values => plans.get(address)?.values ?? {};
        if (!block.type) {
          const values = block.attributes(of) as Values;
          const isSame = prior && !prior.isTainted && equal(values, prior.values);
          plans.set(block.address, { block, values, action: !prior ? 'create' : isSame ? 'no-op' : 'replace' });
          return;
        }
        const isReplaced = prior !== undefined && options.replace === block.address;
        const first = await planOne(block, of, prior, context);
        const plan = isReplaced ? await planOne(block, of, undefined, context) : first;
        note(block.address, plan.diagnostics);
        const action = !prior
          ? 'create'
          : isReplaced
            ? 'replace'
            : same(plan.values, prior.values)
              ? 'no-op'
              : 'update';
        plans.set(block.address, { block, values: plan.values, action });
      }),
    ]);
    const changes = [
      ...[...plans].filter(([, { action }]) => action !== 'no-op').map(([address]) => address),
      ...this.gone(blocks, refreshed, options).map(([address]) => address),
    ];
    // Every wave and commit reads what it deploys from its fabric.
    const stray = diagnostics.find(({ summary }) => summary.includes('does not follow'));
    if (stray) throw new Inconsistent(`${stray.address}: ${stray.summary}`);
    const result: Result = {
      isOk: !hasErrors(diagnostics),
      diagnostics,
      changes,
      planned: new Map([...plans].map(([address, { values }]) => [address, values])),
    };
    return { result, plans, refreshed };
  }

  private async change(
    { block, action, values: before }: Planned,
    state: Map<string, Stored>,
    context: Context,
    options: RunOptions,
  ): Promise<readonly Diagnostic[]> {
    const { address, type } = block;
    const of = (other: string): Values => state.get(other)?.values ?? {};
    if (!type) {
      const values = block.attributes(of) as Values;
      const isTainted = !block.passes!();
      state.set(address, { values, private: {}, isTainted });
      return isTainted ? [{ severity: 'error', summary: 'local-exec provisioner error', detail: '' }] : [];
    }
    const resource = PROVIDER.resources[type];
    if (action === 'replace') {
      const { values: prior, private: kept } = state.get(address)!;
      const gone = await during(options, address, () => resource.delete({ prior, private: kept }, context));
      if (gone.state) return gone.diagnostics ?? [];
      state.delete(address);
    }
    const prior = state.get(address);
    const { values: planned, config, diagnostics } = await planOne(block, of, prior, context);
    if (hasErrors(diagnostics)) return diagnostics;
    agree(before, planned, `inconsistent final plan of ${address}`);
    const kept = prior?.private ?? {};
    const outcome = await during(options, address, () =>
      prior
        ? resource.update({ prior: prior.values, planned, config, private: kept }, context)
        : resource.create({ planned, config, private: kept }, context),
    );
    if (options.isDead?.()) return [{ severity: 'error', summary: 'Plugin did not respond', detail: '' }];
    if (outcome.state === null) {
      if (!hasErrors(outcome.diagnostics ?? [])) throw new Inconsistent(`${address} vanished`);
      if (prior) throw new Inconsistent(`a failed update of ${address} forgets it`);
    } else {
      const stored = withoutWriteOnly(conformObject(outcome.state, resource.schema.attributes), type);
      if (!hasErrors(outcome.diagnostics ?? [])) agree(planned, stored, `inconsistent result of ${address}`);
      if (!prior && hasErrors(outcome.diagnostics ?? []))
        throw new Inconsistent(`${address} failed to be created, and is there: it would be replaced`);
      state.set(address, { values: stored, private: outcome.private ?? kept, type });
    }
    return outcome.diagnostics ?? [];
  }
}

const during = <T>({ during: run }: RunOptions, address: string, act: () => Promise<T>): Promise<T> =>
  run ? run(address, act) : act();

/** A process of the provider. */
function process(): Context {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return { stop: signal };
}

async function planOne(
  block: Block,
  of: (address: string) => Values,
  prior: Stored | undefined,
  context: Context,
): Promise<{ values: Values; config: Values; diagnostics: readonly Diagnostic[] }> {
  const resource = PROVIDER.resources[block.type!];
  const { attributes } = resource.schema;
  const noBlocks = Object.fromEntries(
    Object.keys(attributes).flatMap((it) => (isBlocks(attributes[it]) ? [[it, {}]] : [])),
  );
  const config = conformObject({ ...noBlocks, ...block.attributes(of) }, attributes);
  const ignored: Values = { ...config, ...(prior && only(prior.values, block.ignores ?? [])) };
  const invalid = resource.validate(ignored);
  if (hasErrors(invalid)) return { values: ignored, config, diagnostics: invalid };
  const { planned, diagnostics = [] } = await resource.plan(
    { config: ignored, prior: prior?.values ?? null, private: prior?.private ?? {} },
    context,
  );
  const values = withoutWriteOnly(conformObject(planned, resource.schema.attributes), block.type!);
  /** What the configuration decides: of what the provider fills in, only where it says something. */
  const isDecided = (name: string, value: Value): boolean => {
    const { set } = resource.schema.attributes[name];
    return set !== 'computed' && !(set === 'defaulted' && value === null);
  };
  for (const [name, value] of Object.entries(withoutWriteOnly(ignored, block.type!)))
    if (isDecided(name, value) && !same(value, values[name]))
      throw new Inconsistent(`the plan of ${block.address} changes ${name}`);
  return { values, config, diagnostics };
}

const only = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(names.map((name) => [name, values[name]])) as Values;

const withoutWriteOnly = (values: Values, type: string): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      PROVIDER.resources[type].schema.attributes[name].isWriteOnly ? null : value,
    ]),
  );

/** Equal, where an unknown is equal to an unknown. */
function same(a: Value, b: Value): boolean {
  if (a === UNKNOWN || b === UNKNOWN) return a === b;
  if (isValues(a) && isValues(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
  }
  return equal(a, b);
}

/** What was known before stays as it was. */
function agree(before: Values, after: Values, what: string): void {
  for (const [name, value] of Object.entries(before))
    if (value !== UNKNOWN && !same(value, after[name]))
      throw new Inconsistent(`${what}: ${name} was ${JSON.stringify(value)} and is ${JSON.stringify(after[name])}`);
}

function renamed(state: State, moved: readonly (readonly [string, string])[]): State {
  const next = new Map(state);
  for (const [from, to] of moved)
    if (next.has(from) && !next.has(to)) {
      next.set(to, next.get(from)!);
      next.delete(from);
    }
  return next;
}

/** The targets and what they come after. */
function closure(blocks: readonly Block[], targets: readonly string[] | undefined): readonly Block[] {
  if (!targets) return blocks;
  const wanted = new Set(targets);
  for (const block of [...blocks].reverse())
    if (wanted.has(block.address)) for (const it of block.after) wanted.add(it);
  return blocks.filter(({ address }) => wanted.has(address));
}

/** Each as soon as those that it comes after are done. */
async function inOrder(blocks: readonly Block[], visit: (block: Block) => Promise<unknown>): Promise<void> {
  const done = new Map<string, Promise<unknown>>();
  for (const block of blocks)
    done.set(
      block.address,
      Promise.all(block.after.map((address) => done.get(address))).then(() => visit(block)),
    );
  await Promise.all(done.values());
}
