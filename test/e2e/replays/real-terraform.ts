import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AsWritten, isValues, UNKNOWN, type Value, type Values } from '../../../lib/provider/value';
import { type Block, type Result, type RunOptions, type State, Terraform } from '../../provider/sequences/terraform';
import type { TerraformStack } from '../terraform-stack';
import type { RealAgents } from './real-agents';

/** What a run of the real one came to. */
interface Real {
  readonly isOk: boolean;
  /** Summaries of errors. */
  readonly errors: readonly string[];
  /** Address → what a plan makes of a resource, where it changes. */
  readonly changes: ReadonlyMap<string, Values>;
}

/** Makes a model run on its own clock. */
export type Virtually = <T>(run: () => Promise<T>) => Promise<T>;

/**
 * The model of Terraform's core, and Terraform itself, which does the same first; they must agree on what came of it,
 * and on the state afterwards.
 */
export class RealTerraform extends Terraform {
  private readonly files = new WeakMap<State, Buffer>();

  constructor(
    private readonly stack: TerraformStack,
    private readonly agents: RealAgents,
    private readonly virtually: Virtually,
    private readonly workspace?: string,
  ) {
    super();
  }

  override kept(): State {
    const kept = new Map(super.kept());
    if (existsSync(this.file)) this.files.set(kept, readFileSync(this.file));
    return kept;
  }

  override goBackTo(state: State): void {
    super.goBackTo(state);
    const file = this.files.get(state);
    rmSync(this.file, { force: true });
    if (file) this.write(file);
  }

  override inWorkspace(name: string): Terraform {
    const other = new RealTerraform(this.stack, this.agents, this.virtually, name);
    rmSync(other.file, { force: true });
    mkdirSync(dirname(other.file), { recursive: true });
    return other;
  }

  override async plan(blocks: readonly Block[], options: RunOptions = {}): Promise<Result> {
    const real = await this.planReal(blocks, options);
    const model = await this.virtually(() => super.plan(blocks, options));
    expectPlanned(real, model);
    return model;
  }

  override async apply(blocks: readonly Block[], options: RunOptions = {}): Promise<Result> {
    const plan = await this.planReal(blocks, options);
    const real = plan.isOk ? { ...(await this.run('apply', PLAN)), changes: plan.changes } : plan;
    const model = await this.virtually(() => super.apply(blocks, options));
    expectPlanned(plan, model, real);
    this.expectSameState();
    return model;
  }

  override async refresh(blocks: readonly Block[], options: RunOptions = {}): Promise<void> {
    this.configure(blocks, options);
    await this.run('apply', '-auto-approve', '-refresh-only');
    await this.virtually(() => super.refresh(blocks, options));
    this.expectSameState();
  }

  override async import(...args: Parameters<Terraform['import']>): Promise<boolean> {
    const [address, , id, blocks, options = {}] = args;
    this.configure(blocks, options);
    const { code, text } = await this.stack.terraform('import', address, id);
    const isImported = await this.virtually(() => super.import(...args));
    expect([code, text]).toEqual([isImported ? 0 : 1, expect.any(String)]);
    this.expectSameState();
    return isImported;
  }

  private async planReal(blocks: readonly Block[], options: RunOptions): Promise<Real> {
    this.configure(blocks, options);
    const { refresh, targets = [], replace, destroys } = options;
    const ran = await this.run(
      ...['plan', `-out=${PLAN}`],
      ...(refresh === false ? ['-refresh=false'] : []),
      ...targets.map((address) => `-target=${address}`),
      ...(replace ? [`-replace=${replace}`] : []),
      ...(destroys ? ['-destroy'] : []),
    );
    if (!ran.isOk) return { ...ran, changes: new Map() };
    const { text } = await this.stack.terraform('show', '-json', PLAN);
    const { resource_changes: changes = [] } = JSON.parse(text) as {
      resource_changes?: { address: string; change: { actions: string[]; after: Values | null } }[];
    };
    const real = changes.filter(({ change }) => change.actions.join() !== 'no-op');
    return { ...ran, changes: new Map(real.map(({ address, change }) => [address, change.after ?? {}])) };
  }

  /** Runs terraform, and takes what it says in JSON. */
  private async run(verb: string, ...more: readonly string[]): Promise<Omit<Real, 'changes'>> {
    const { code, text } = await this.agents.meet(
      () => this.stack.killProvider(),
      () => this.stack.terraform(verb, '-json', ...more),
    );
    const errors = text.split('\n').flatMap((line): string[] => {
      if (!line.startsWith('{')) return [];
      const { diagnostic } = JSON.parse(line) as { diagnostic?: { severity: string; summary: string } };
      return diagnostic?.severity === 'error' ? [diagnostic.summary] : [];
    });
    return { isOk: code === 0, errors: errors.map((error) => error.replaceAll(this.stack.folder, process.cwd())) };
  }

  /** Writes the blocks as a person would, in JSON. */
  private configure(blocks: readonly Block[], { moved = [] }: RunOptions): void {
    const resource: Record<string, Record<string, unknown>> = {};
    for (const block of blocks) {
      const [type, name] = block.address.split('.');
      resource[type] ??= {};
      resource[type][name] = {
        ...written(block.attributes(references)),
        ...(block.after.length > 0 && { depends_on: block.after }),
        ...(block.ignores && { lifecycle: { ignore_changes: block.ignores } }),
        ...(block.passes && { provisioner: [{ 'local-exec': { command: `test ! -e ${BROKEN}` } }] }),
      };
    }
    if (blocks.every(({ passes }) => passes?.() !== false)) rmSync(join(this.stack.folder, BROKEN), { force: true });
    else this.stack.write(BROKEN, '');
    this.stack.write(
      'resources.tf.json',
      JSON.stringify({
        ...(blocks.length > 0 && { resource }),
        ...(moved.length > 0 && { moved: moved.map(([from, to]) => ({ from, to })) }),
      }),
    );
  }

  private get file(): string {
    const { folder } = this.stack;
    return this.workspace
      ? join(folder, 'terraform.tfstate.d', this.workspace, 'terraform.tfstate')
      : join(folder, 'terraform.tfstate');
  }

  private write(state: Buffer): void {
    writeFileSync(this.file, state);
  }

  private expectSameState(): void {
    const { resources = [] } = existsSync(this.file) ? JSON.parse(readFileSync(this.file, 'utf8')) : {};
    const real = (resources as Stated[]).map(({ type, name, instances: [{ attributes, status }] }) => [
      `${type}.${name}`,
      status === 'tainted',
      told(attributes),
    ]);
    const model = [...this.state].map(([address, { values, isTainted = false }]) => [address, isTainted, told(values)]);
    expect(real.sort()).toEqual(model.sort());
  }
}

/** A resource in a state file. */
interface Stated {
  readonly type: string;
  readonly name: string;
  readonly instances: readonly { readonly attributes: Values; readonly status?: string }[];
}

const PLAN = 'planned.tfplan';
const BROKEN = 'broken';

const references = (address: string): Values =>
  new Proxy({}, { get: (_, name) => `\${${address}.${String(name)}}` }) as Values;

const written = (value: unknown): object =>
  JSON.parse(JSON.stringify(value, (_, one) => (one instanceof AsWritten ? one.value : one)));

function expectPlanned(plan: Real, model: Result, real = plan): void {
  const errors = model.diagnostics.filter(({ severity }) => severity === 'error').map(({ summary }) => summary);
  expect([real.isOk, inOneOrder(real.errors)]).toEqual([model.isOk, inOneOrder(errors)]);
  if (!plan.isOk) return;
  expect([...plan.changes.keys()].sort()).toEqual([...model.changes].sort());
  for (const [address, values] of model.planned)
    if (plan.changes.has(address)) expect([address, told(plan.changes.get(address)!)]).toEqual([address, told(values)]);
}

/** Of a resource's values those that tell what was deployed and what there is; what is not known yet is absent. */
function told(values: Values): object {
  const names = [
    'name',
    'former_names',
    'hold_time',
    'secrets_version',
    'fabric',
    'release',
    'activation',
    'behind',
    'impact',
    'gate',
    'triggers_replace',
  ];
  return Object.fromEntries(names.flatMap((name) => (name in values ? known(name, values[name]) : [])));
}

function known(name: string, value: Value): [string, unknown][] {
  if (value === UNKNOWN || value === null || value === undefined) return [];
  if (!isValues(value)) return [[name, value]];
  // A value of any type is kept with its type.
  if (name === 'triggers_replace') return [[name, value.value]];
  return [[name, Object.fromEntries(Object.entries(value).flatMap(([key, one]) => known(key, one)))]];
}

/** Errors, each once. Which of two fabrics is planned first, and finds that the other has its node, is chance. */
const inOneOrder = (errors: readonly string[]): string[] =>
  [
    ...new Set(
      errors.map((error) =>
        error.replace(/^Node (\S+) of fabric (\S+) is also node \1 of fabric (\S+)$/, (_, node, one, other) =>
          [node, ...[one, other].sort()].join(' '),
        ),
      ),
    ),
  ].sort();
