import { mayMakeNamespaces } from '../../../lib/lab/user-namespace';
import { wantedReleases } from '../support/debian';
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

/** The columns of a daemon: of each release that is wanted, every cell as a test. */
export function runColumns(daemons: readonly Daemon[]): void {
  const releases = wantedReleases(daemons.filter(({ isOnHost }) => isOnHost).map(({ build }) => build.release));
  for (const daemon of daemons)
    if (releases.includes(daemon.build.release)) runCells(daemon);
    else test.skip(`${daemon.title} is of ${daemon.build.release}, which PEERFORM_DEBIANS does not name`, () => {});
}

function runCells(daemon: Daemon): void {
  const rows = FEATURE_IDS.filter((id) => daemon.build.absent[id] === undefined).map((id) => FEATURES[id]);
  skipUnless(daemon.title, daemon.missing, rows, () => {
    describe(`with ${daemon.title}`, () => {
      let lab: Lab;
      beforeAll(() => {
        lab = new Lab(daemon);
      });
      afterEach(() => lab.clear(), CELL_TIMEOUT);
      afterAll(() => lab.remove(), CELL_TIMEOUT);
      test('it is the version that the table names', async () => {
        const [version] = /\d+(\.\d+)+/.exec(await daemon.version()) ?? [];
        expect(`${version}.`.startsWith(`${daemon.build.version}.`)).toBe(true);
      });
      for (const { title, run } of rows) test(title, () => run(lab), CELL_TIMEOUT);
    });
  });
}
