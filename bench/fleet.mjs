#!/usr/bin/env node
// A fleet over etcd: npm run bench:fleet -- [--nodes 5000] [--report FILE] [--profile FOLDER]
// Needs etcd and openssl. Exits with 1 where an aim is missed. See bench/README.md.
import { runBench } from './programs.mjs';

runBench('fleet', ['agents', 'provider'], 'fleet');
