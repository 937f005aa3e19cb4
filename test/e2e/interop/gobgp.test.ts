import { GoBgp } from './gobgp';
import { runCells } from './run-cells';

runCells(new GoBgp());
