import { join } from 'node:path';

/** What the bench's node of a number is called, and its address. */
export const nameOf = (number: number): string => `node${number}`;
export const addressOf = (number: number): string =>
  [10, ...[16, 8, 0].map((bits) => ((number + 1) >> bits) & 255)].join('.');

/** Where its agent listens: simulated ones in one folder, those of a lab in a folder each. */
export const simulatedSocket = (folder: string, node: string): string => join(folder, `${node}.sock`);
export const labSocket = (folder: string, node: string): string => join(folder, node, 'agent.sock');
