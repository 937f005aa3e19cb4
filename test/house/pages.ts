import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');

export const below = (folder: string, end: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(end))
    .map((path) => join(folder, path));

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** What a page says outside of its blocks of code. */
export const prose = (page: string): string => read(page).replace(/^```[\s\S]*?^```$/gm, '');
