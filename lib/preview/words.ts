import type { LostPrefix } from '../topology/advertised-prefixes';
import type { LostPaths } from '../topology/losses';
import type { Partition } from '../topology/partition';
import { OUTSIDE } from '../topology/reach';

/** Most names in one line, and most lines of one list. */
const MOST_NAMES = 5;
const MOST_LINES = 20;

/** Names with commas, as many as a person reads; the others are counted. */
export function names(all: readonly string[], most = MOST_NAMES): string {
  const shown = all.slice(0, all.length > most + 1 ? most : all.length);
  const rest = all.length - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} others`;
}

/** What a made-up prefix of a neighbour outside stands for. */
export const routesOf = (neighbour: string): string => `routes of ${neighbour}`;

/** The first lines of many. */
export function lines(all: readonly string[], most = MOST_LINES): string[] {
  return all.length <= most ? [...all] : [...all.slice(0, most), `and ${all.length - most} more`];
}

/** Paths between nodes, a line for each group of them. */
export const describePaths = (paths: readonly LostPaths[], most = MOST_LINES): string[] =>
  lines(
    paths.map(({ family, from, to }) => `${names(from)} ${towards(to)} (${family})`),
    most,
  );

/** Nodes that have no path to one another, a line for each group of them. */
export const describePartitions = (partitions: readonly Partition[], most = MOST_LINES): string[] =>
  lines(
    partitions.map(({ from, to }) => `${names(from)} ${towards(to)}`),
    most,
  );

/** Prefixes that nodes hear of no more, a line for each. */
export const describePrefixes = (prefixes: readonly LostPrefix[], most = MOST_LINES): string[] =>
  lines(
    prefixes.map(({ prefix, at }) => `${prefix} at ${names(at)}`),
    most,
  );

const towards = (to: LostPaths['to']): string =>
  to === OUTSIDE ? 'to the outside' : to.length === 0 ? 'to each other' : `to ${names(to)}`;

/** Nodes that lose one of these paths, the isolated ones first. */
export const losersOf = (paths: readonly LostPaths[], isolated: readonly string[]): string[] => [
  ...new Set([...isolated, ...paths.flatMap(({ from }) => from)]),
];
