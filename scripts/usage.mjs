import { readFileSync } from 'node:fs';

/** Prints what the head of a script says of it, and ends, where --help is asked for. */
export function printUsage(url) {
  if (!process.argv.includes('--help') && !process.argv.includes('-h')) return;
  const lines = readFileSync(new URL(url), 'utf8').split('\n').slice(1);
  const head = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('//')),
  );
  console.log(head.map((line) => line.replace(/^\/\/ ?/, '')).join('\n'));
  process.exit();
}
