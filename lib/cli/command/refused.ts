import type { Command } from 'commander';
import { AgentClient } from '../../control/client';
import { codePlaces } from '../code-places';
import { CommandError } from '../exit-codes';
import { addGroup } from '../help';
import { withVia } from '../via';
import { type RunningFabric, refusal } from '../view/refusal';

/** Verbs of calicoctl that would change the fabric. */
const VERBS = ['create', 'apply', 'replace', 'patch', 'delete', 'label'];

/** Commands that users of other tools may type out of habit. They change nothing and say where to make the change. */
export function register(program: Command): void {
  refuseOn(program, VERBS, []);
}

/** Adds such verbs to a command; `before`: words before them. */
export function refuseOn(parent: Command, verbs: readonly string[], before: readonly string[]): void {
  addGroup(parent, 'Refused, since the fabric is code (each says where to change it):', verbs);
  for (const verb of verbs) {
    withVia(parent.command(verb, { hidden: true }))
      .description('refused, as a fabric is code; shows where to change it')
      .argument('[words...]', 'arguments of calicoctl')
      .option('-f, --filename <file>', 'a file of manifests')
      .allowUnknownOption()
      .action(refuse);
  }

  async function refuse(words: string[], { via, filename }: { via: string; filename?: string }, command: Command) {
    const typed = [...before, command.name(), ...words, ...(filename === undefined ? [] : ['-f', filename])];
    const hint = filename === undefined ? '' : `\n  manifests as code: peerform import calico ${filename}`;
    throw new CommandError('code-is-truth', `${refusal(typed, await deployedAt(via))}${hint}`);
  }
}

/** What runs at an endpoint, if anything responds: a refusal does not need an agent. */
async function deployedAt(via: string): Promise<RunningFabric | undefined> {
  const agent = new AgentClient(via, 5_000);
  try {
    const [running, summary] = await Promise.all([agent.deployed(), agent.summary()]);
    return { running, summary, places: codePlaces(running.release.fabric.name, summary.transaction.owner) };
  } catch {
    return undefined;
  }
}
