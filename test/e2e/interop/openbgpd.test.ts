import { OpenBgpd } from './openbgpd';
import { runCells } from './run-cells';

runCells(new OpenBgpd());
