import { existsSync } from 'node:fs';
import { join } from 'node:path';

const LEFT: Readonly<Record<string, readonly string[]>> = require('../left-to-ci.js');
const isTest = (name: string) => existsSync(join(__dirname, '..', `${name}.test.ts`));

test.each(Object.entries(LEFT))(
  '%s, which npm test leaves to CI, is there, and so are others for its promise',
  (name, guards) => {
    expect([name, ...guards].filter((one) => !isTest(one))).toEqual([]);
    expect(guards.filter((guard) => guard in LEFT)).toEqual([]);
    expect(guards).not.toEqual([]);
  },
);
