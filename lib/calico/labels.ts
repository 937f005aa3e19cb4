import { isRecord } from './documents';
import type { LeftOut } from './left-out';

/** Labels that Kubernetes would reject: their meaning is ambiguous, and selectors depend on it. */
export function labelsToQuote(path: string, labels: unknown): LeftOut[] {
  if (!isRecord(labels)) return [];
  return Object.entries(labels).flatMap(([name, value]): LeftOut[] =>
    typeof value === 'string' || value === null
      ? []
      : [
          {
            path: `${path} metadata.labels.${name}`,
            reason: `a label is a string, and this is the ${typeof value} ${JSON.stringify(value)} in YAML: it is imported as "${String(value)}"; quote it as it was meant`,
            mustDecide: true,
          },
        ],
  );
}

/** Labels as strings: unquoted `yes` and `1` become `true` and `1`, as in Kubernetes. */
export function labelsOf(labels: unknown): Record<string, string> | undefined {
  if (!isRecord(labels)) return undefined;
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value === null ? '' : String(value)]));
}
