#!/usr/bin/env node
// How synth, plan and apply grow with the fabric: npm run bench:scale -- [--nodes 10,100,1000,5000] [--report FILE]
// Needs the terraform binary. Exits with 1 where a bound is missed. See bench/README.md.
import { runBench } from './programs.mjs';

runBench('scale', ['fleet', 'synth']);
