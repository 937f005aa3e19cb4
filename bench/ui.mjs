#!/usr/bin/env node
// From an event at an agent to the picture of peerform ui: npm run bench:ui -- [--nodes 200] [--events 100] [--report
// FILE]
// Exits with 1 where the median to the page is over the aim. With chromium it is measured in the page, too. See
// bench/README.md.
import { runBench } from './programs.mjs';

runBench('ui', ['fleet']);
