import { GOBGPS, GoBgp } from './gobgp';
import { runColumns } from './run-cells';

runColumns(GOBGPS.map((build) => new GoBgp(build)));
