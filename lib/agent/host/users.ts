import { readFileSync } from 'node:fs';

/** The id of a group; undefined if there is none with this name. */
export function gidOf(group: string): number | undefined {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${group}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}
