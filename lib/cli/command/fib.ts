import type { Command } from 'commander';
import { AgentClient } from '../../control/client';
import type { FibCheck } from '../../control/status';
import { withVia } from '../via';

/** `peerform fib`: the kernel's routing table of one node. */
export function register(program: Command): void {
  const fib = program.command('fib').description("look after a node's kernel routes");
  withVia(fib.command('check'))
    .description(
      'compare the kernel routes of a node with what BGP chose, and mend them; exits with 1 where they differed',
    )
    .option('--json', 'print what was found as JSON')
    .action(async ({ via, json }: { via: string; json?: boolean }) => {
      const found = await new AgentClient(via).checkFib();
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : describe(found));
      if (!isEqual(found)) process.exitCode = 1;
    });
}

/** Whether every route that BGP wants stood in the kernel as it should, and no other of this agent's. */
export const isEqual = ({ missing, extra, different, kernel }: FibCheck): boolean =>
  missing + extra + different === 0 && kernel.failed.length === 0;

/** What a comparison found, for people. */
export function describe(found: FibCheck): string {
  const { node, routes, missing, extra, different, examples, since, tookMs, kernel } = found;
  const lines = [
    `${node}: ${routes} routes compared in ${Math.round(tookMs)} ms, ${kernel.installed} of ${kernel.wanted} in place`,
  ];
  if (missing + extra + different > 0)
    lines.push(`mended: ${missing} missing, ${extra} extra, ${different} different${since ? `, since ${since}` : ''}`);
  for (const { prefix, kind, by } of examples) lines.push(`  ${prefix} ${kind}, by ${by}`);
  for (const { prefix, reason } of kernel.failed) lines.push(`  ${prefix} is not in the kernel: ${reason}`);
  for (const { nextHop, reason, routes: waiting } of kernel.waiting)
    lines.push(`  next hop ${nextHop} is not reached (${waiting} routes): ${reason}`);
  for (const { prefix, protocol, metric } of kernel.beside)
    lines.push(`  ${prefix} is also a route of ${protocol} at metric ${metric}`);
  for (const { prefix, nodes } of kernel.duplicates)
    lines.push(`  workload ${prefix} is advertised by ${nodes.join(' and ')}, too`);
  if (lines.length === 1) lines.push('the kernel has what BGP chose, and nothing else of this agent');
  return `${lines.join('\n')}\n`;
}
