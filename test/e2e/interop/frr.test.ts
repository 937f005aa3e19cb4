import { FRRS, Frr } from './frr';
import { runColumns } from './run-cells';

runColumns(FRRS.map((build) => new Frr(build)));
