import { mayMakeNamespaces } from '../../../lib/lab/user-namespace';
import type { Daemon } from './daemon';
import { FEATURE_IDS, FEATURES } from './features';
import { Lab } from './lab';

const CELL_TIMEOUT = 60_000;

/**
 * Declares tests whose programs are there. Where some are missing the tests are skipped and say why, but in CI they
 * fail.
 */
export function skipUnless(
  title: string,
  missing: readonly string[],
  rows: readonly { readonly title: string }[],
  declare: () => void,
): void {
  const obstacles = [...missing, ...(mayMakeNamespaces() ? [] : ['the right to make network namespaces'])];
  if (obstacles.length === 0) {
    declare();
    return;
  }
  const why = `${title} can not run here without ${obstacles.join(', ')}`;
  for (const row of rows) {
    if (process.env.CI) test(`${row.title}: ${why}`, () => expect(obstacles).toEqual([]));
    else test.skip(`${row.title}: ${why}`, () => {});
  }
}

/** Every cell of a daemon's column as a test. */
export function runCells(daemon: Daemon): void {
  const rows = FEATURE_IDS.filter((id) => daemon.absent[id] === undefined).map((id) => FEATURES[id]);
  skipUnless(daemon.title, daemon.missing, rows, () => {
    describe(`with ${daemon.title}`, () => {
      let lab: Lab;
      beforeAll(() => {
        lab = new Lab(daemon);
      });
      afterEach(() => lab.clear(), CELL_TIMEOUT);
      afterAll(() => lab.remove(), CELL_TIMEOUT);
      for (const { title, run } of rows) test(title, () => run(lab), CELL_TIMEOUT);
    });
  });
}
