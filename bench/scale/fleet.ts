/**
 * Agents of so many nodes in one process, each behind the real endpoint. `node fleet.js NODES FOLDER`: says `ready`,
 * and ends with its standard input.
 */
import { FleetDouble } from '../../test/provider/agent-double';
import { nameOf } from './topology';

async function main(): Promise<void> {
  const [nodes, folder] = [Number(process.argv[2]), process.argv[3]];
  const fleet = new FleetDouble(folder);
  await fleet.start(...Array.from({ length: nodes }, (_, i) => nameOf(i)));
  console.log('ready');
  process.stdin.resume().on('end', () => process.exit(0));
}

void main();
