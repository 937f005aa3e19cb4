import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Release, reopenRelease, writeRelease } from '../control/release';
import { NOTHING, type TransactionState } from '../control/transaction';
import { writeAtomically } from './atomic-file';
import { Failure } from './failure';

const activation = z.strictObject({ release: z.string(), activation: z.int() });
const running = activation.extend({ localAs: z.record(z.string(), z.int()).optional() });
const retiring = activation.extend({
  phase: z.enum(['kept', 'draining', 'closed']).default('kept'),
  behind: z.array(z.string()).default([]),
});
const stateSchema = z.strictObject({
  version: z.literal(1),
  node: z.string(),
  transaction: z.strictObject({
    owner: z.string().nullable(),
    activation: z.int(),
    confirmed: running.nullable(),
    active: running.nullable(),
    staged: activation.nullable(),
    retiring: retiring.nullable(),
    deadline: z.strictObject({ boot: z.string(), at: z.number() }).nullable(),
    returned: activation.extend({ reason: z.string() }).nullable(),
    drained: z.strictObject({ by: z.string(), at: z.string() }).nullable().default(null),
  }),
  endpoints: z.record(z.string(), z.string()),
});

/** What an agent knows across restarts. */
export interface AgentState {
  readonly transaction: TransactionState;
  /** Where the fabric's agents are reached. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** The state of an agent on disk: one small file that is replaced as a whole, and a file for each release it still needs. */
export class Store {
  constructor(
    private readonly folder: string,
    private readonly node: string,
  ) {
    mkdirSync(join(folder, 'releases'), { recursive: true, mode: 0o700 });
  }

  /** Throws {@link Failure} `corrupt` where the file can't be read: going on without it could drop a network's routes. */
  load(): AgentState {
    const path = this.path('state.json');
    if (!existsSync(path)) return { transaction: NOTHING, endpoints: {} };
    const parsed = stateSchema.safeParse(this.read(path));
    if (!parsed.success)
      throw damaged(path, parsed.error.issues.map((i) => `${i.path.join('.')} ${i.message}`).join('; '));
    if (parsed.data.node !== this.node)
      throw new Failure(
        'usage',
        `${path} belongs to node ${parsed.data.node}, not ${this.node}: give each node a state folder of its own`,
      );
    return { transaction: parsed.data.transaction, endpoints: parsed.data.endpoints };
  }

  /** Replaces the state and forgets releases that it no longer names. */
  save(state: AgentState): void {
    writeAtomically(this.path('state.json'), JSON.stringify({ version: 1, node: this.node, ...state }, null, 2));
    const { confirmed, active, staged, retiring } = state.transaction;
    const needed = new Set(
      [confirmed, active, staged, retiring].flatMap((step) => (step ? [fileOf(step.release)] : [])),
    );
    for (const name of readdirSync(this.path('releases')))
      if (!needed.has(name)) unlinkSync(this.path('releases', name));
    const secrets = [confirmed, active, staged, retiring].flatMap((step) => (step ? [`${step.activation}.json`] : []));
    for (const name of existsSync(this.path('secrets')) ? readdirSync(this.path('secrets')) : [])
      if (!secrets.includes(name)) unlinkSync(this.path('secrets', name));
  }

  /** Secrets that were delivered with an activation; none where none were. Throws {@link Failure} `corrupt`. */
  loadSecrets(activation: number): Readonly<Record<string, string>> {
    const path = this.path('secrets', `${activation}.json`);
    if (!existsSync(path)) return {};
    try {
      return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      throw damaged(path, 'it holds no secrets'); // the parser's own words might show some
    }
  }

  /** In a file for its owner alone; that of an activation that nothing needs any more goes with {@link save}. */
  saveSecrets(activation: number, secrets: Readonly<Record<string, string>>): void {
    mkdirSync(this.path('secrets'), { recursive: true, mode: 0o700 });
    writeAtomically(this.path('secrets', `${activation}.json`), JSON.stringify(secrets));
  }

  saveRelease(release: Release): void {
    writeAtomically(this.path('releases', fileOf(release.digest)), JSON.stringify(writeRelease(release)));
  }

  /** Throws {@link Failure} `corrupt` where the file is absent, damaged or not what its name says. */
  loadRelease(digest: string): Release {
    const path = this.path('releases', fileOf(digest));
    if (!existsSync(path)) throw damaged(path, 'it is missing');
    const release = reopenRelease(this.read(path));
    if (!('digest' in release)) throw damaged(path, release.join('; '));
    if (release.digest !== digest) throw damaged(path, `it holds release ${release.digest}`);
    return release;
  }

  private path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  private read(path: string): unknown {
    try {
      return JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw damaged(path, (error as Error).message);
    }
  }
}

const fileOf = (digest: string): string => `${digest.replace(':', '-')}.json`;

function damaged(path: string, why: string): Failure {
  return new Failure(
    'corrupt',
    `${path} can't be read: ${why}. Move the state folder away, start the agent, and deploy again`,
  );
}
