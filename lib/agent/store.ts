import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type JsonLimits, parseJson } from '../control/json';
import { OBSERVATION_VERSION } from '../control/observed';
import { MOST_ACTIVATION } from '../control/protocol';
import { type Release, reopenRelease, writeRelease } from '../control/release';
import { INITIAL_STATE, type TransactionState } from '../control/transaction';
import { printable } from '../model/printable';
import { Failure } from './failure';
import { writeAtomically } from './host/atomic-file';
import type { ObservationKeeper, StoredObservations } from './observed/observer';

/*
 * The files may have been written by a later version, before a downgrade: this version ignores unknown fields, which
 * stay until the next verb is written. Where a later version has further values, the safe one of ours is used.
 */
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not a digest');
/** A number that only grows: the limit leaves room for that. */
const number = z.int().min(0).max(MOST_ACTIVATION);
const activation = z.object({ release: digest, activation: number });
/** Earlier versions stored one owner for all of them and no fabric: it is read from the release then. */
const claim = activation.extend({ fabric: z.string().optional(), owner: z.string().optional() });
const running = claim.extend({ localAs: z.record(z.string(), z.int().min(1).max(0xffff_ffff)).optional() });
/** Version of the format: it changes only if older versions would misunderstand the state. */
const VERSION = 1;
const laterVersion = ({ input }: { input?: unknown }) =>
  `${JSON.stringify(input)} is not ${VERSION}, the only one that this agent understands`;
const family = z.enum(['ipv4', 'ipv6']);
const demand = z.object({
  session: z.string(),
  origin: z.string(),
  remoteAddress: z.string(),
  family,
  before: z.enum(['up', 'down', 'none']),
  replaces: z.string().optional(),
  isChanged: z.boolean(),
});
const trial = z.object({ at: z.string(), isFirst: z.boolean(), demands: z.array(demand) });
const retiring = activation.extend({
  phase: z.enum(['kept', 'draining', 'closed']).default('kept').catch('kept'),
  behind: z.array(z.string()).default([]),
});
const stateSchema = z.object({
  version: z.literal(VERSION, { error: laterVersion }),
  node: z.string(),
  transaction: z.object({
    owner: z.string().nullable().optional(),
    activation: number,
    confirmed: running.nullable(),
    freed: z.boolean().default(false),
    active: running.nullable(),
    staged: claim.nullable(),
    retiring: retiring.nullable(),
    deadline: z.object({ boot: z.string(), at: z.number() }).nullable(),
    trial: trial.optional().catch(undefined),
    upBy: z
      .record(z.string(), z.object({ localAs: number, remoteAs: number }))
      .optional()
      .catch(undefined),
    returned: activation.extend({ reason: z.string() }).nullable(),
    drained: z.object({ by: z.string(), at: z.string() }).nullable().default(null),
  }),
  endpoints: z.record(z.string(), z.string()),
});

type Stored = z.infer<typeof stateSchema>['transaction'];

/** What an agent stores over a restart. */
export interface AgentState {
  readonly transaction: TransactionState;
  /** Endpoints of the fabric's agents. */
  readonly endpoints: Readonly<Record<string, string>>;
}

type ObservationsFile = StoredObservations & { readonly version: number; readonly node: string };

/**
 * Stores what an agent needs after a restart. Methods that write throw the system's error if writing fails; nothing has
 * changed then.
 */
export interface Keeper {
  load(): AgentState;
  loadRelease(digest: string): Release;
  loadSecrets(activation: number): Readonly<Record<string, string>>;
  save(state: AgentState): void;
  /** `document`: its document as JSON, if known. */
  saveRelease(release: Release, document?: string): void;
  saveSecrets(activation: number, secrets: Readonly<Record<string, string>>): void;
  /** Deletes releases and secrets that this state does not name. */
  tidy(transaction: TransactionState): void;
}

/**
 * The state of an agent on disk: one small file that is replaced as a whole, and one file for each release that it
 * still needs.
 */
export class Store implements Keeper, ObservationKeeper {
  constructor(
    private readonly folder: string,
    private readonly node: string,
  ) {
    try {
      mkdirSync(join(folder, 'releases'), { recursive: true, mode: 0o700 });
    } catch (error) {
      throw unusable(folder, error as NodeJS.ErrnoException);
    }
  }

  /**
   * Throws {@link Failure} `corrupt` if the file cannot be read, or is missing although there are releases: continuing
   * without it could remove a network's routes. Without a file an empty state is written, so that there is one before
   * the first release.
   */
  load(): AgentState {
    const path = this.path('state.json');
    if (!existsSync(path)) return this.begun(path);
    const parsed = stateSchema.safeParse(this.read(path));
    if (!parsed.success)
      throw damaged(
        path,
        parsed.error.issues
          .slice(0, 3)
          .map((i) => `${i.path.join('.')} ${i.message}`)
          .join('; '),
      );
    // A package starts its agent before the machine is configured as a node: as long as nothing was deployed to it, it
    // may become another node.
    if (parsed.data.node !== this.node && parsed.data.transaction.activation === 0) return this.begun(path);
    if (parsed.data.node !== this.node)
      throw new Failure(
        'usage',
        `${path} belongs to node ${printable(parsed.data.node, 64)}, not ${this.node}: give each node its own state folder`,
      );
    return { transaction: this.claimed(parsed.data.transaction), endpoints: parsed.data.endpoints };
  }

  private begun(path: string): AgentState {
    const [release] = readdirSync(this.path('releases'));
    if (release !== undefined) throw damaged(path, `it is missing, while ${this.path('releases', release)} is there`);
    const nothing = { transaction: INITIAL_STATE, endpoints: {} };
    try {
      this.save(nothing);
    } catch {
      // Nothing is lost yet; the first verb reports that the disk cannot be written.
    }
    return nothing;
  }

  /** Adds the fabric and the owner of each step, which earlier versions did not store. */
  private claimed({ owner, ...transaction }: Stored): TransactionState {
    const claimed = <Step extends z.infer<typeof claim>>(step: Step | null) =>
      step && {
        ...step,
        fabric: step.fabric ?? this.loadRelease(step.release).fabric.name,
        owner: step.owner ?? owner ?? '',
      };
    const { confirmed, active, staged } = transaction;
    return { ...transaction, confirmed: claimed(confirmed), active: claimed(active), staged: claimed(staged) };
  }

  /** Replaces the state, and deletes releases that it no longer names. */
  save(state: AgentState): void {
    writeAtomically(this.path('state.json'), JSON.stringify({ version: VERSION, node: this.node, ...state }, null, 2));
    this.tidy(state.transaction);
  }

  /** Deletes releases and secrets that this state does not name. Files that cannot be deleted stay: they do no harm. */
  tidy({ confirmed, active, staged, retiring }: TransactionState): void {
    const steps = [confirmed, active, staged, retiring].filter((step) => step !== null);
    this.keepOnly('releases', new Set(steps.map(({ release }) => fileOf(release))));
    this.keepOnly('secrets', new Set(steps.map(({ activation }) => `${activation}.json`)));
  }

  private keepOnly(folder: string, needed: ReadonlySet<string>): void {
    try {
      for (const name of existsSync(this.path(folder)) ? readdirSync(this.path(folder)) : [])
        if (!needed.has(name)) unlinkSync(this.path(folder, name));
    } catch {
      // Retried with the next write.
    }
  }

  /** The secrets that were delivered with an activation, empty if there were none. Throws {@link Failure} `corrupt`. */
  loadSecrets(activation: number): Readonly<Record<string, string>> {
    const path = this.path('secrets', `${activation}.json`);
    if (!existsSync(path)) return {};
    try {
      return z.record(z.string(), z.string()).parse(this.read(path));
    } catch {
      throw damaged(path, 'it has no secrets'); // the parser's message might contain some of them
    }
  }

  /**
   * Written to a file that only its owner may read; {@link save} deletes those of activations that are no longer
   * needed.
   */
  saveSecrets(activation: number, secrets: Readonly<Record<string, string>>): void {
    mkdirSync(this.path('secrets'), { recursive: true, mode: 0o700 });
    writeAtomically(this.path('secrets', `${activation}.json`), JSON.stringify(secrets));
  }

  saveRelease(release: Release, document = JSON.stringify(writeRelease(release))): void {
    writeAtomically(this.path('releases', fileOf(release.digest)), document);
  }

  /** Throws {@link Failure} `corrupt` if the file is missing, damaged or not what its name says. */
  loadRelease(digest: string): Release {
    const path = this.path('releases', fileOf(digest));
    if (!existsSync(path)) throw damaged(path, 'it is missing');
    const release = reopenRelease(this.read(path));
    if (!('digest' in release)) throw damaged(path, release.join('; '));
    if (release.digest !== digest) throw damaged(path, `it holds release ${release.digest}`);
    if (!release.fabric.nodes[this.node]) throw damaged(path, `its release has no node ${this.node}`);
    return release;
  }

  /**
   * Empty if the file is missing, damaged or of a later version: it only records the past, and nothing depends on it.
   */
  loadObservations(): StoredObservations {
    try {
      const { version, node, ...stored } = this.read(this.path('observed.json')) as Partial<ObservationsFile>;
      return version === OBSERVATION_VERSION && node === this.node && Array.isArray(stored.past)
        ? { ...stored, past: stored.past }
        : { past: [] };
    } catch {
      return { past: [] };
    }
  }

  saveObservations(stored: StoredObservations): void {
    try {
      const file: ObservationsFile = { version: OBSERVATION_VERSION, node: this.node, ...stored };
      // Nothing depends on it, and sessions are served meanwhile, so there is no need to wait for the disk.
      writeAtomically(this.path('observed.json'), JSON.stringify(file), { isDurable: false });
    } catch {
      // A full disk is reported where it matters.
    }
  }

  private path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  private read(path: string): unknown {
    try {
      if (!statSync(path).isFile()) throw new Error('it is not a file');
      return parseJson(readFileSync(path), LARGEST);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw code === 'EACCES' ? unusable(path, error as Error) : damaged(path, message);
    }
  }
}

/** Ten times what a fabric of 5,000 nodes takes. */
const LARGEST: JsonLimits = { octets: 64 * 1024 * 1024, values: 4_000_000, depth: 64 };

const fileOf = (digest: string): string => `${digest.replace(':', '-')}.json`;

function unusable(path: string, { code, message }: NodeJS.ErrnoException): Failure {
  const isForbidden = code === 'EACCES' || code === 'EPERM';
  return new Failure(
    isForbidden ? 'privilege' : 'corrupt',
    `${path} cannot be used: ${printable(message)}. ${isForbidden ? "It must belong to the agent's user: chown -R it to that user" : 'Set --state to a folder that only this agent uses'}`,
  );
}

function damaged(path: string, why: string): Failure {
  return new Failure(
    'corrupt',
    `${path} cannot be read: ${printable(why, 300)}. If a later version wrote it, install that again; else move the state folder away, start the agent, and deploy again`,
  );
}
