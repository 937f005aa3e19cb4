import { bundledProvider } from '../terraform-stack';
import { describeCampaign, meshOf } from './fabrics';
import { Fleet } from './fleet';

/** What finds nothing must be able to find something. */
describeCampaign('the harness of the transaction campaign', () => {
  const mesh = meshOf(3);
  const all = Object.keys(mesh.nodes!);
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.up(mesh, bundledProvider());
    expect(await fleet.deploy(mesh)).toMatchObject({ code: 0 });
  });
  afterAll(() => fleet?.down());

  test('sees no loss where nothing happens, and every packet', async () => {
    const { report, deletions } = await fleet.observe(all, async () => {});
    expect(report.late).toBe(0);
    expect(report.flows).toHaveLength(12);
    for (const { sent } of report.flows) expect(sent).toBeGreaterThan(0);
    expect(report.flows.filter(({ lost, twice }) => lost + twice > 0)).toEqual([]);
    expect(deletions).toEqual([]);
    expect(fleet.recording.heard).toBeGreaterThan(0);
  });

  test('sees a route that somebody takes away as lost packets of its flows alone, and as a deletion', async () => {
    // The agent would have put it back before a packet missed it.
    const { report, deletions } = await fleet.observe(all, () =>
      fleet.asleep('n1', () => fleet.lab.run('n1', ['ip', 'route', 'del', '10.65.0.2', 'proto', '114'])),
    );
    const lossy = report.flows.filter(({ lost }) => lost > 0);
    expect(lossy).toEqual([expect.objectContaining({ from: 'w-n1', to: 'w-n2', family: 4 })]);
    // A run of lost packets tells from which number and moment on, so that what happened then can be looked up.
    const [{ runs, lost }] = lossy;
    expect(runs.reduce((sum, { count }) => sum + count, 0)).toBe(lost);
    expect(Date.now() - Date.parse(runs[0].after)).toBeLessThan(60_000);
    expect(deletions).toEqual([expect.objectContaining({ node: 'n1', prefix: '10.65.0.2' })]);
  });

  test('sees the end of a nexthop object as the deletion of all routes on it', async () => {
    const [route] = (await fleet.routes('n1', 'ours')).filter((line) => line.startsWith('10.65.0.3'));
    const [, id] = / nhid (\d+)/.exec(route) ?? [];
    const { report, deletions } = await fleet.observe(all, () =>
      fleet.asleep('n1', () => fleet.lab.run('n1', ['ip', 'nexthop', 'del', 'id', id])),
    );
    expect(report.flows.filter(({ lost }) => lost > 0).map(({ from, to }) => `${from} ${to}`)).toContain('w-n1 w-n3');
    expect(deletions.map(({ node, prefix }) => `${node} ${prefix}`)).toContain('n1 10.65.0.3');
  });
});
