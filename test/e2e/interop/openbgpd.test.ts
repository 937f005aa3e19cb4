import { OPENBGPDS, OpenBgpd } from './openbgpd';
import { runColumns } from './run-cells';

runColumns(OPENBGPDS.map((build) => new OpenBgpd(build)));
