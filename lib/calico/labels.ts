import { isRecord } from './documents';

/** Labels as texts: Kubernetes reads `yes` and `1` where a text belongs as `true` and `1`. */
export function labelsOf(labels: unknown): Record<string, string> | undefined {
  if (!isRecord(labels)) return undefined;
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value === null ? '' : String(value)]));
}
