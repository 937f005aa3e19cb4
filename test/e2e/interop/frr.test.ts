import { Frr } from './frr';
import { runCells } from './run-cells';

runCells(new Frr());
