import type { Delivery } from '../../control/delivery';
import { canonicalFabric, type Json } from '../../model/canonical';
import { settingNames } from '../../topology/objects';
import { PLAIN, type Screen } from '../screen';
import { table } from '../table';
import { line, lines, type Text } from '../terminal';

/** Every setting of the fabric that runs, by its name, in the order of the schema; null where it has none. */
export function settingsOf({ release }: Delivery): Record<string, Json> {
  const { edition } = release.fabric; // the first is not written
  const fabric: Record<string, Json> = { edition, ...(canonicalFabric(release.fabric) as Record<string, Json>) };
  return Object.fromEntries(settingNames().map((name) => [name, fabric[name] ?? null]));
}

/** The name of a setting that a word means, whatever the case of its letters. */
export const settingOf = (word: string): string | undefined =>
  settingNames().find((name) => name.toLowerCase() === word.toLowerCase());

/** A value as `calicoctl config get` prints it: bare, and switches as on or off. */
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
