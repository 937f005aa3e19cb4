import { readFileSync } from 'node:fs';

/** The number of a group of this machine; undefined where there is none of the name. */
export function gidOf(group: string): number | undefined {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${group}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}
