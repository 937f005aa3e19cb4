import type { LostPrefix } from '../topology/advertised-prefixes';
import type { LostPaths } from '../topology/losses';
import type { Partition } from '../topology/partition';
import { OUTSIDE } from '../topology/reach';

/** Maximum number of names in a line, and of lines in a list. */
const MOST_NAMES = 5;
const MOST_LINES = 20;

/** Names separated by commas, up to a readable number; the others are counted. */
export function names(all: readonly string[], most = MOST_NAMES): string {
  const shown = all.slice(0, all.length > most + 1 ? most : all.length);
  const rest = all.length - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} others`;
}

/** A number of things: `1 prefix`, `2 prefixes`. */
export const counted = (number: number, one: string, several = `${one}s`): string =>
  `${number} ${number === 1 ? one : several}`;

/** An outside neighbour by its address, or the dynamic neighbours of a prefix. */
export const neighbourOrRange = (name: string): string => (name.includes('/') ? `neighbours from ${name}` : name);

/** What a synthetic prefix of an outside neighbour represents. */
export const routesOf = (neighbour: string): string => `routes of ${neighbour}`;

/** What synthetic workloads of all nodes are called; for some nodes, their names follow. */
export const WORKLOADS = 'workloads';
export const ofNodes = (label: string, nodes: readonly string[], most = MOST_NAMES): string =>
  `${WORKLOADS} of ${names(nodes, most)}${label.slice(WORKLOADS.length)}`;

/** The first lines of many. */
export function firstLines(all: readonly string[], most = MOST_LINES): string[] {
  return all.length <= most ? [...all] : [...all.slice(0, most), `and ${all.length - most} more`];
}

/** Paths between nodes, one line per group. */
export const describePaths = (paths: readonly LostPaths[], most = MOST_LINES): string[] =>
  firstLines(
    paths.map(({ family, from, to }) => `${names(from)} ${towards(to)} (${family})`),
    most,
  );

/** Nodes without a path between them, one line per group. */
export const describePartitions = (partitions: readonly Partition[], most = MOST_LINES): string[] =>
  firstLines(
    partitions.map(({ from, to }) => `${names(from)} ${towards(to)}`),
    most,
  );

/** Lost prefixes, one line each. */
export const describePrefixes = (prefixes: readonly LostPrefix[], most = MOST_LINES): string[] =>
  firstLines(
    prefixes.map(({ prefix, at }) => `${prefix} at ${names(at)}`),
    most,
  );

const towards = (to: LostPaths['to']): string =>
  to === OUTSIDE ? 'to the outside' : to.length === 0 ? 'to each other' : `to ${names(to)}`;

/**
 * Nodes that lose these paths, isolated ones first. Of two nodes that lose each other, the one that loses more is
 * listed: if one node is cut off from a hundred, the hundred are not.
 */
export function losersOf(paths: readonly LostPaths[], isolated: readonly string[]): string[] {
  const found = new Set(isolated);
  const lost = new Map<string, number>();
  const add = (names: readonly string[], number: number) => {
    for (const name of names) lost.set(name, (lost.get(name) ?? 0) + number);
  };
  for (const { from, to } of paths)
    if (to === OUTSIDE) for (const name of from) found.add(name);
    else {
      add(from, to.length === 0 ? from.length - 1 : to.length);
      add(to, from.length);
    }
  const most = [...lost.values()].reduce((a, b) => Math.max(a, b), 0);
  for (const [name, number] of lost) if (number > most / 2) found.add(name);
  return [...found];
}

/** Natural order: `node2` before `node10`. */
export function byNumber(one: string, other: string): number {
  const [a, b] = [one, other].map((name) => name.split(/(\d+)/));
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    const difference = i % 2 === 1 ? Number(a[i]) - Number(b[i]) : 0;
    return difference || (a[i] < b[i] ? -1 : 1);
  }
  return a.length - b.length;
}
