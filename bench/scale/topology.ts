import { join } from 'node:path';

/** What the bench's node of a number is called, and its address. */
export const nameOf = (number: number): string => `node${number}`;
export const addressOf = (number: number): string => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;

/** Where its agent listens. */
export const socketOf = (folder: string, number: number): string => join(folder, `${nameOf(number)}.sock`);
