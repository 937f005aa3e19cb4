/**
 * One run of Terraform, without Terraform: what the provider does for it, on a state in a file.
 * `node provider.js plan|apply HOST NODES PEERS STATE`: prints the seconds of each step, and what it took, as JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { FleetClient } from '../../lib/control/fleet/client';
import { hasErrors } from '../../lib/provider/diagnostic';
import { boundHeap } from '../../lib/provider/heap';
import { PROVIDER } from '../../lib/provider/provider';
import { type State, Terraform } from '../../test/provider/sequences/terraform';
import { blocksOf } from './topology';

const seconds: Record<string, number> = {};

/** How many requests went to agents, by their paths. */
const requests: Record<string, number> = {};
const ask = FleetClient.prototype.ask;
FleetClient.prototype.ask = function (node, question) {
  const what = question.steps.map(({ path }) => path.replace(/^\/v1\/|\?.*/g, '')).join(' + ');
  requests[what] = (requests[what] ?? 0) + 1;
  return ask.call(this, node, question);
};

async function timed<T>(step: string, act: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await act();
  seconds[step] = (seconds[step] ?? 0) + (performance.now() - began) / 1000;
  return result;
}

async function main(): Promise<void> {
  boundHeap();
  const [command, host, nodes, peers, file] = process.argv.slice(2);
  for (const resource of Object.values(PROVIDER.resources)) {
    const read = resource.read.bind(resource);
    resource.read = (...about) => timed('refresh', () => read(...about));
  }
  const terraform = new Terraform();
  terraform.goBackTo(new Map(JSON.parse(readFileSync(file, 'utf8'))) as State);
  const blocks = blocksOf(Number(nodes), host, Number(peers));
  const during = <T>(address: string, act: () => Promise<T>) => timed(address.replace(/^peerform_|\.bench$/g, ''), act);
  const result = await timed('all', () =>
    command === 'plan' ? terraform.plan(blocks) : terraform.apply(blocks, { during }),
  );
  if (!result.isOk || hasErrors(result.diagnostics))
    throw new Error(
      result.diagnostics.map(({ summary, detail }) => `${summary.slice(0, 500)}\n${detail.slice(0, 1000)}`).join('\n'),
    );
  writeFileSync(file, JSON.stringify([...terraform.kept()]));
  const { maxRSS } = process.resourceUsage();
  console.log(JSON.stringify({ seconds, changes: result.changes.length, megabytes: maxRSS / 1024, requests }));
  process.exit(0); // as the provider does
}

main().catch((error: Error) => {
  console.error(error.stack);
  process.exit(1);
});
