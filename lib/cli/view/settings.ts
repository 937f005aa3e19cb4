import type { Delivery } from '../../control/delivery';
import { canonicalFabric, type Json } from '../../model/canonical';
import { settingNames } from '../../topology/objects';
import { PLAIN, type Screen } from '../screen';
import { table } from '../table';
import { line, lines, type Text } from '../terminal';

/** Every setting of the running fabric by name, in the order of the schema; null if unset. */
export function settingsOf({ release }: Delivery): Record<string, Json> {
  const { edition } = release.fabric; // the first edition is not written
  const fabric: Record<string, Json> = { edition, ...(canonicalFabric(release.fabric) as Record<string, Json>) };
  return Object.fromEntries(settingNames().map((name) => [name, fabric[name] ?? null]));
}

/** Name of the setting that a word refers to, case-insensitive. */
export const settingOf = (word: string): string | undefined =>
  settingNames().find((name) => name.toLowerCase() === word.toLowerCase());

/** A value in the format of `calicoctl config get`: bare, and booleans as on or off. */
export function settingText(value: Json): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A table of settings. */
export const settingsTable = (settings: Readonly<Record<string, Json>>, screen: Screen = PLAIN): Text =>
  lines(
    table(
      ['NAME', 'VALUE'],
      Object.entries(settings).map(([name, value]) => [name, settingText(value)]),
      screen,
    ),
    line``,
  );
