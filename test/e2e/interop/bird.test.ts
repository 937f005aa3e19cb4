import { Bird } from './bird';
import { runCells } from './run-cells';

runCells(new Bird());
