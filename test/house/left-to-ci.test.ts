import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LEFT: Readonly<Record<string, readonly string[]>> = require('../left-to-ci.js');
const fileOf = (name: string) => join(__dirname, '..', `${name}.test.ts`);
/** Whether `npm test` runs something of it. */
const isRun = (name: string) =>
  existsSync(fileOf(name)) &&
  !name.startsWith('wide/') &&
  !(name in LEFT) &&
  /^\s*(?:test(?:\.each)?|runColumns)\(/m.test(readFileSync(fileOf(name), 'utf8'));

test.each(Object.entries(LEFT))(
  '%s, which npm test leaves to CI, is there, and others for its promise run',
  (name, guards) => {
    expect(existsSync(fileOf(name))).toBe(true);
    expect(guards.filter((guard) => !isRun(guard))).toEqual([]);
    expect(guards).not.toEqual([]);
  },
);
