import { appendFileSync } from 'node:fs';
import type { Observed } from './fleet';

/** Writes a line about what was seen where `npm run test:long` collects it. */
export function tell(title: string, { report, deletions }: Observed<unknown>): void {
  const sum = (of: 'sent' | 'lost') => report.flows.reduce((total, flow) => total + flow[of], 0);
  note(`${title}: ${sum('sent')} packets, ${sum('lost')} lost, ${deletions.length} live routes deleted`);
}

export function note(line: string): void {
  if (process.env.PEERFORM_REPORT) appendFileSync(process.env.PEERFORM_REPORT, `${line}\n`);
}
