import { setTimeout as sleep } from 'node:timers/promises';
import { Unreachable } from '../../../lib/control/client';
import type { AgentStatus, AgentSummary } from '../../../lib/control/status';
import { Agents, type Fault, type Request, type Troubles } from '../../provider/sequences/agents';
import { eventually } from '../support/network';
import type { Doorkeeper, Fate, Knock } from '../transaction/doorkeeper';
import type { Machines } from './machines';

/** Milliseconds without a question after which a provider that is kept waiting does nothing more. */
const QUIET_MS = 1500;

const NEVER = new Promise<never>(() => {});

/**
 * Simulated agents, and real ones behind a door, to which the same happens. Terraform is run against the real ones
 * first: of a provider that is killed in the middle they tell which verbs came through, and just these come through to
 * the simulated ones.
 */
export class RealAgents extends Agents {
  /**
   * Of the real ones: faults that are still to come, verbs until the provider is killed, those that came through so
   * far, and how it is killed.
   */
  private real: { faults: readonly Fault[]; lives?: number; passed: Request[]; kill?: () => void } = {
    faults: [],
    passed: [],
  };
  private lastKnock = 0;
  /** Of the simulated ones: verbs that still come through; undefined: all. */
  private passing: Request[] | undefined;
  /** The one whose answer never comes. */
  private last: Request | undefined;
  private readonly death = new Death(() => this.asked);
  /** What happened to real agents, for the report. */
  readonly happened: string[] = [];
  private readonly starting = new Map<string, Promise<void>>();

  constructor(
    private readonly machines: Machines,
    doors: Doorkeeper,
  ) {
    super(machines.nodes, doors.folder, doors.endpoints);
    doors.onRequest = (knock) => this.knocked(knock);
    doors.onAnswer = (knock) => this.answered(knock);
  }

  override get isDead(): boolean {
    return this.death.isOver;
  }

  override async suffer(troubles: Troubles): Promise<void> {
    const before = this.troubles;
    for (const node of this.machines.nodes) {
      if (before.cut.has(node) !== troubles.cut.has(node)) this.machines.cut(node, troubles.cut.has(node));
      if (before.room.has(node) !== troubles.room.has(node)) this.machines.fill(node, troubles.room.has(node));
      if (troubles.down.has(node)) await this.machines.kill(node);
      else if (!this.machines.isUp(node)) await this.machines.start(node);
    }
    this.real.faults = troubles.faults;
    await super.suffer(troubles);
    await this.agree();
  }

  override async killProviderAfter(verbs: number | undefined): Promise<void> {
    this.real.lives = verbs;
    this.passing = undefined;
    this.death.forget();
  }

  override async wipe(node: string): Promise<void> {
    await Promise.all([this.machines.wipe(node), super.wipe(node)]);
  }

  override async restart(node: string): Promise<void> {
    await Promise.all([this.machines.again(node), super.restart(node)]);
  }

  /** One that has nothing on trial has nothing to return from. */
  override async expire(...nodes: string[]): Promise<void> {
    const onTrial = nodes.filter((node) => this.fleet.get(node).state.deadline);
    await Promise.all(onTrial.map((node) => this.machines.later(node)));
    for (const node of onTrial) await super.restart(node);
    await super.expire(...onTrial);
  }

  /** What a real run does to the agents; then the simulated ones know what came through. */
  async meet<T>(kill: () => void, run: () => Promise<T>): Promise<T> {
    const real = this.real;
    real.kill = kill;
    real.passed = [];
    this.passing = undefined;
    this.death.forget();
    const result = await run();
    real.kill = undefined;
    if (real.lives === 0) {
      this.happened.push('provider killed');
      this.passing = [...real.passed];
      this.last = real.passed.at(-1);
    }
    return result;
  }

  /**
   * Every agent that is there holds what its model holds; its sessions are up where those of the model are, and none
   * over a link that is cut.
   */
  override async agree(): Promise<void> {
    expect(this.real.faults).toEqual(this.troubles.faults);
    expect(this.passing ?? []).toEqual([]);
    const { cut } = this.troubles;
    await eventually(async () => {
      for (const node of this.machines.nodes.filter((it) => this.machines.isUp(it))) {
        const [real, model] = [await this.machines.status(node), this.fleet.get(node).status()];
        expect([node, holdingOf(real)]).toEqual([node, holdingOf(model)]);
        expect([node, upOf(real)]).toEqual([node, expect.arrayContaining(upOf(model))]);
        const over = real.sessions.filter(({ remoteNode = '' }) => [node, remoteNode].some((end) => cut.has(end)));
        expect([node, upOf({ ...real, sessions: over })]).toEqual([node, []]);
      }
    }, 40);
  }

  private async knocked(knock: Knock): Promise<Fate | undefined> {
    const { node, isChange } = knock;
    const { real } = this;
    this.lastKnock = performance.now();
    await this.starting.get(node);
    if (!isChange) return undefined;
    if (real.lives === 0) return NEVER;
    const request = requestOf(knock);
    real.passed.push(request);
    if (real.lives !== undefined) real.lives--;
    const fault = this.faultOf(request);
    if (!fault || fault.kind === 'answer is lost' || fault.kind === 'is killed after') return undefined;
    this.happened.push(`an agent ${fault.kind}`);
    real.faults = real.faults.filter((it) => it !== fault);
    if (fault.kind === 'is killed before') await this.bringBack(node);
    return this.isLast(request) ? this.killSoon() : fault.kind === 'refuses' ? 'refused' : 'hung up';
  }

  private async answered(knock: Knock): Promise<'hung up' | undefined> {
    if (!knock.isChange) return undefined;
    const request = requestOf(knock);
    const fault = this.faultOf(request);
    if (fault) {
      this.happened.push(`an agent ${fault.kind}`);
      this.real.faults = this.real.faults.filter((it) => it !== fault);
      if (fault.kind === 'is killed after') await this.bringBack(knock.node);
    }
    if (this.isLast(request)) return this.killSoon();
    return fault && 'hung up';
  }

  private faultOf({ node, verb }: Request): Fault | undefined {
    return this.real.faults.find((fault) => fault.node === node && fault.verb === verb);
  }

  private isLast(request: Request): boolean {
    return this.real.lives === 0 && isSame(this.real.passed.at(-1)!, request);
  }

  /** Whoever knocks meanwhile waits. */
  private async bringBack(node: string): Promise<void> {
    const back = this.machines.again(node);
    this.starting.set(node, back);
    await back;
    this.starting.delete(node);
  }

  /** Kills the provider as soon as it does nothing but wait. */
  private async killSoon(): Promise<never> {
    while (performance.now() - this.lastKnock < QUIET_MS) await sleep(100);
    this.real.kill?.();
    return NEVER;
  }

  protected override async comes(request: Request): Promise<void> {
    if (!this.passing) return;
    const at = this.passing.findIndex((it) => isSame(it, request));
    if (at < 0) await this.death.comes;
    this.passing.splice(at, 1);
  }

  protected override async goes(request: Request): Promise<void> {
    if (!this.passing) return;
    const isLast = isSame(request, this.last!) && !this.passing.some((it) => isSame(it, request));
    if (isLast) await this.death.comes;
  }
}

/** The end of a simulated provider that waits in vain: it comes when nothing else is asked any more. */
class Death {
  isOver = false;
  private coming: Promise<never> | undefined;

  constructor(private readonly asked: () => number) {}

  get comes(): Promise<never> {
    this.coming ??= this.wait();
    return this.coming;
  }

  forget(): void {
    this.isOver = false;
    this.coming = undefined;
  }

  private async wait(): Promise<never> {
    for (let quiet = 0, seen = this.asked(); quiet < 100; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.asked() === seen ? quiet + 1 : 0;
      seen = this.asked();
    }
    this.isOver = true;
    throw new Unreachable('the provider is dead');
  }
}

const requestOf = ({ node, what }: Knock): Request => ({
  node,
  verb: what === 'release' ? 'deliver' : (what as Request['verb']),
});
const isSame = (a: Request, b: Request): boolean => a.node === b.node && a.verb === b.verb;

/** What an agent holds: what it runs, keeps, has on trial or staged, and what it was made to return from. */
function holdingOf({ transaction, fabric }: AgentSummary) {
  const { activation, confirmed, freed, active, staged, retiring, returned, returnsInMs, drained } = transaction;
  const claim = (it: typeof staged) =>
    it && { release: it.release, activation: it.activation, fabric: it.fabric, owner: workspaceOf(it.owner) };
  return {
    ...{ fabric, activation, freed, retiring, drained },
    ...{ confirmed: claim(confirmed), active: claim(active), staged: claim(staged) },
    isOnTrial: returnsInMs !== null,
    returned: returned && { release: returned.release, activation: returned.activation },
  };
}

/** Whoever deploys stands in another folder. */
const workspaceOf = (owner: string): string => /\(workspace .*\)$/.exec(owner)?.[0] ?? '';

const upOf = ({ sessions }: AgentStatus): string[] =>
  sessions.filter(({ state }) => state === 'Established').map(({ key }) => key);
