import type { AgentState, Keeper } from '../../lib/agent/store';
import type { Release } from '../../lib/control/release';
import { INITIAL_STATE, type TransactionState } from '../../lib/control/transaction';

/** A disk in memory: it survives its agent, and may be full at any file. */
export class MemoryKeeper implements Keeper {
  private kept = JSON.stringify(INITIAL_STATE);
  /** As they are: thousands of agents in one process hold those of all, and none of them changes them. */
  private endpoints: AgentState['endpoints'] = {};
  readonly releases = new Map<string, Release>();
  readonly secrets = new Map<number, Readonly<Record<string, string>>>();
  /** Files that may still be written; then the disk is full. */
  room = Number.POSITIVE_INFINITY;

  load = (): AgentState => ({ transaction: JSON.parse(this.kept), endpoints: this.endpoints });

  loadRelease(digest: string): Release {
    const release = this.releases.get(digest);
    if (!release) throw new Error(`release ${digest} is missing`);
    return release;
  }

  loadSecrets = (activation: number) => this.secrets.get(activation) ?? {};

  save({ transaction, endpoints }: AgentState): void {
    this.write(() => {
      this.kept = JSON.stringify(transaction);
      this.endpoints = endpoints;
    });
    this.tidy(transaction);
  }

  saveRelease(release: Release): void {
    this.write(() => this.releases.set(release.digest, release));
  }

  saveSecrets(activation: number, secrets: Readonly<Record<string, string>>): void {
    this.write(() => this.secrets.set(activation, secrets));
  }

  tidy({ confirmed, active, staged, retiring }: TransactionState): void {
    const steps = [confirmed, active, staged, retiring].filter((step) => step !== null);
    for (const digest of this.releases.keys())
      if (!steps.some(({ release }) => release === digest)) this.releases.delete(digest);
    for (const activation of this.secrets.keys())
      if (!steps.some((step) => step.activation === activation)) this.secrets.delete(activation);
  }

  private write(act: () => void): void {
    if (this.room <= 0) throw new Error('ENOSPC: no space left on device, write');
    this.room--;
    act();
  }
}
