import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The names of metrics that the alert rules and the dashboard ask for, but `up`, which is Prometheus' own. */
export function namesAsked(): string[] {
  const texts = ['peerform.rules.yaml', 'peerform-dashboard.json'].map((name) =>
    readFileSync(join(__dirname, '../packaging/prometheus', name), 'utf8'),
  );
  const queries = texts.flatMap((text) => [...text.matchAll(/\bexpr"?: (.*)$/gm)].map(([, query]) => query));
  const names = queries.flatMap((query) => query.match(/\b(?:peerform|process|nodejs)_\w+/g) ?? []);
  return [...new Set(names)].sort();
}
