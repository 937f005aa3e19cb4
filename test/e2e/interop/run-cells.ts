import type { Daemon } from './daemon';
import { FEATURE_IDS, FEATURES, type Feature } from './features';
import { Lab, setPatience } from './lab';

const CELL_TIMEOUT = 60_000;

/** Every cell of a daemon's column as a test. Where the daemon is not installed its cells are skipped, but not in CI. */
export function runCells(daemon: Daemon): void {
  const { missing } = daemon,
    cells = FEATURE_IDS.filter((id) => daemon.absent[id] === undefined);
  if (missing.length > 0) {
    const why = `${missing.join(', ')} not installed`;
    for (const id of cells) {
      if (process.env.CI) test(`${FEATURES[id].title}: ${why}`, () => expect(missing).toEqual([]));
      else test.skip(`${FEATURES[id].title}: ${why}`, () => {});
    }
    return;
  }
  describe(`with ${daemon.title}`, () => {
    let lab: Lab;
    beforeAll(() => {
      lab = new Lab(daemon);
    });
    afterEach(() => lab.clear());
    afterAll(() => lab.remove());
    for (const id of cells) {
      const { title, run, missing: lacks } = FEATURES[id] as Feature;
      // What we lack is expected to fail; as soon as it works its test says that the note is to go.
      (lacks ? test.failing : test)(
        lacks ? `${title} (${lacks})` : title,
        async () => {
          setPatience(lacks ? 2 : 20);
          await run(lab);
        },
        CELL_TIMEOUT,
      );
    }
  });
}
