import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Version of the package that this code came with. */
export const VERSION: string = (
  JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as { version: string }
).version;
