import type { Command } from 'commander';
import { AgentClient } from '../../control/client';
import type { FibCheck } from '../../control/status';
import { type Format, show } from '../output';
import { line, lines, type Text } from '../terminal';
import { withVia } from '../via';

/** `peerform fib`: the kernel routing table of one node. */
export function register(program: Command): void {
  const fib = program.command('fib').description("check and repair a node's kernel routes");
  withVia(fib.command('check'))
    .description(
      'compare the kernel routes of a node with what BGP selected, and repair them; exits with 1 if they differed',
    )
    .action(async ({ via, output }: { via: string; output: Format }) => {
      const found = await new AgentClient(via).checkFib();
      await show(output, { data: found, table: () => describeFibCheck(found) });
      if (!isEqual(found)) process.exitCode = 1;
    });
}

/** Whether the kernel has exactly the routes that BGP wants. */
export const isEqual = ({ missing, extra, different, kernel }: FibCheck): boolean =>
  missing + extra + different === 0 && kernel.failed.length === 0;

/** Result of a comparison, for users. */
export function describeFibCheck(found: FibCheck): Text {
  const { node, routes, missing, extra, different, examples, since, tookMs, kernel } = found;
  const said = [
    line`${node}: ${routes} routes compared in ${Math.round(tookMs)} ms, ${kernel.installed} of ${kernel.wanted} in place`,
  ];
  if (missing + extra + different > 0)
    said.push(
      line`repaired: ${missing} missing, ${extra} extra, ${different} different${since ? `, since ${since}` : ''}`,
    );
  for (const { prefix, kind, by } of examples) said.push(line`  ${prefix} ${kind}, by ${by}`);
  for (const { prefix, reason } of kernel.failed) said.push(line`  ${prefix} is not in the kernel: ${reason}`);
  for (const { nextHop, reason, routes: waiting } of kernel.waiting)
    said.push(line`  next hop ${nextHop} is unreachable (${waiting} routes): ${reason}`);
  for (const { prefix, protocol, metric } of kernel.beside)
    said.push(line`  ${prefix} is also a route of ${protocol} at metric ${metric}`);
  for (const { prefix, nodes } of kernel.duplicates)
    said.push(line`  workload ${prefix} is also advertised by ${nodes.join(' and ')}`);
  const { routes: heldBack = 0, examples: held = [] } = kernel.withheld ?? {};
  if (said.length === 1) said.push(line`the kernel has the routes that BGP selected, and nothing else of this agent`);
  const { differences: past, lastDifference, lastDisturbance } = kernel;
  if (lastDisturbance !== undefined)
    said.push(
      line`since the agent started, repaired: ${past.missing} missing, ${past.extra} extra, ${past.different} different, last at ${lastDifference ?? '-'}`,
      line`  ${lastDisturbance}`,
    );
  if (heldBack > 0)
    said.push(line`${heldBack} routes are held back, as they would change routes or addresses of others:`);
  for (const { prefix, reason } of held) said.push(line`  ${prefix} is not installed: ${reason}`);
  const { prefixes = 0, examples: throws = [] } = kernel.passedOn ?? {};
  if (prefixes > 0)
    said.push(line`${prefixes} throw routes pass lookups on to the next rule, past this agent's table:`);
  for (const { prefix, reason } of throws) said.push(line`  throw ${prefix}: ${reason}`);
  return lines(...said, line``);
}
