const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Units, largest first, each with the next smaller one. */
const UNITS = [
  { name: 'd', ms: DAY, less: { name: 'h', ms: HOUR } },
  { name: 'h', ms: HOUR, less: { name: 'm', ms: MINUTE } },
  { name: 'm', ms: MINUTE, less: { name: 's', ms: SECOND } },
] as const;

/**
 * Elapsed time in the two largest units: `3d4h`, `12m5s`. A timestamp in the future (clock skew) counts as now. `now`:
 * milliseconds since the epoch.
 */
export function ageText(since: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(since));
  const unit = UNITS.find((one) => ms >= one.ms);
  if (Number.isNaN(ms)) return '-';
  if (!unit) return `${Math.floor(ms / SECOND)}s`;
  const { name, less } = unit;
  return `${Math.floor(ms / unit.ms)}${name}${Math.floor((ms % unit.ms) / less.ms)}${less.name}`;
}
