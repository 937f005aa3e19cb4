/** A metric family of Prometheus. */
export interface MetricFamily {
  /** Without the prefix `peerform_`. */
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A sample with its labels, as {@link labels} writes them. */
export type Sample = readonly [labels: string, value: number];

/** Labels as a string; several are joined by {@link and}. */
export const labels = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value)).replaceAll('"', '\\"')}"`)
    .join(',');

export const and = (...texts: readonly string[]): string => texts.filter((text) => text !== '').join(',');

/** A family in the text format of Prometheus, version 0.0.4. */
export function written({ name: own, type, help, samples }: MetricFamily): string {
  const name = `peerform_${own}`;
  const head = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
  let text = head;
  for (const [given, value] of samples) text += given === '' ? `${name} ${value}\n` : `${name}{${given}} ${value}\n`;
  return text;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
