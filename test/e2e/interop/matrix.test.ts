import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FEATURE_IDS } from './features';
import { DAEMONS, renderMatrix } from './matrix';

const FILE = join(__dirname, '../../../docs/interop.md');

describe('the matrix in docs/interop.md', () => {
  test('is the list of cells that are tested; UPDATE_INTEROP=1 writes it anew', () => {
    const text = readFileSync(FILE, 'utf8');
    const start = text.indexOf('## Feature and daemon');
    const wanted = text.slice(0, start) + renderMatrix();
    if (process.env.UPDATE_INTEROP) writeFileSync(FILE, wanted);
    expect(readFileSync(FILE, 'utf8')).toBe(wanted);
  });

  test('has a daemon for every feature', () => {
    const alone = FEATURE_IDS.filter((id) => DAEMONS.every(({ build }) => build.absent[id] !== undefined));
    expect(alone).toEqual([]);
  });

  test('says of every absence where it is said', () => {
    for (const { build } of DAEMONS)
      for (const place of Object.values(build.absent))
        expect(place).toMatch(/bgpd\.conf\(5\)|docs\/|issue \d+|User's Guide/);
  });
});
