import { BIRDS, Bird } from './bird';
import { runColumns } from './run-cells';

runColumns(BIRDS.map((build) => new Bird(build)));
