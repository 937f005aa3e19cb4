const UNITS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Parses a Go duration, `1m30s`, `500ms` or `0`, to seconds, rounded; undefined if invalid. */
export function secondsOf(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  if (/^[+-]?0$/.test(text)) return 0;
  if (!/^[+-]?((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g);
  const sum = Array.from(parts, ([, number, unit]) => Number(number) * UNITS[unit]).reduce(
    (all, part) => all + part,
    0,
  );
  return Math.round(text.startsWith('-') ? -sum : sum);
}
