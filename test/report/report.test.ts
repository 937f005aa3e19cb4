import { withFormerSecrets } from '../../lib/model/former-secrets';
import { destructionOf, previewOf } from '../../lib/preview/preview';
import { reportOf } from '../../lib/report/report';
import { fabricOf, meshOff, nodes, racksChange, reportFor } from './changes';

describe('the report of a change', () => {
  test('says verdict, shares, objects with their place, waves and losses', () => {
    const report = meshOff();
    expect(report.verdict).toEqual({
      level: 'look',
      line: 'Takes paths in one address family from node1, node2, node3; removes 6 sessions (nodeToNodeMesh).',
      sentences: [
        '6 of 10 sessions removed; 4 of 10 stay as they are.',
        '3 of 3 nodes lose a path, 0 of 3 lose every path.',
        '3 of 8 simulated prefixes are missing permanently at 3 of 3 nodes.',
      ],
    });
    expect(report.objects).toEqual([
      {
        path: '',
        change: 'changed',
        place: 'main.ts:7',
        fields: [{ field: 'nodeToNodeMesh', before: 'true', after: 'false' }],
      },
    ]);
    expect(report.steps).toEqual([
      { wave: 1, nodes: ['node1', 'node2', 'node3'], demands: [], missing: [], duties: [] },
    ]);
    expect(report.losses).toMatchObject({
      prefixes: ['workloads of node1 (IPv6)', 'workloads of node2 (IPv6)', 'workloads of node3 (IPv6)'],
      rows: [
        { node: 'node1', losses: [undefined, { isPermanent: true }, { isPermanent: true }] },
        { node: 'node2' },
        { node: 'node3' },
      ],
      permanent: 6,
      seconds: 0,
    });
  });

  test('is safe where a change only adds, and needs a look where sessions are reset', () => {
    const fabric = { name: 'lab', nodes: nodes(2) };
    const added = reportFor(fabric, { ...fabric, nodes: nodes(3) });
    expect(added.verdict).toMatchObject({
      level: 'safe',
      sentences: ['2 sessions added; 1 of 1 stays as it is.', '0 of 3 nodes lose a path.', expect.anything()],
    });
    expect(added.objects).toMatchObject([{ path: 'nodes.node3', change: 'added' }]);
    const reset = reportFor(fabric, { ...fabric, holdTime: 30 }).verdict;
    expect(reset).toMatchObject({
      level: 'look',
      sentences: [expect.stringMatching(/^1 of 1 session reset; none stays/), ...[1, 2].map(() => expect.anything())],
    });
  });

  test('is never safe where rules change and the routes that they concern are not known, and says what is lost as far as it can', () => {
    const fabric = (rules: object) => ({
      ...{ name: 'lab', nodes: nodes(3) },
      peers: { tor: { node: 'node1', address: '192.0.2.1', asNumber: 65001, filters: ['f'] } },
      filters: { f: { import: [{ action: 'accept' }], export: [{ action: 'accept' }], ...rules } },
    });
    const of = (rules: object) => reportFor(fabric({}), fabric(rules)).verdict;
    expect(of({})).toMatchObject({ level: 'safe' });
    expect(of({ export: [{ prefix: '10.244.0.0/16', le: 32, action: 'accept' }] })).toMatchObject({
      level: 'look',
      line: expect.stringMatching(/^No longer advertises workloads to tor;.* not known here;/),
    });
    expect(of({ export: [{ prefix: '10.244.0.0/16', le: 32, action: 'reject' }, { action: 'accept' }] }).line).toMatch(
      /^No longer advertises workloads within 10\.244\.0\.0\/16 to tor;/,
    );
    expect(of({ import: [{ prefix: '203.0.113.0/24', action: 'reject' }, { action: 'accept' }] }).line).toMatch(
      /^Takes 203\.0\.113\.0\/24 from node1, node2, node3;/,
    );
    expect(of({ import: [{ communities: ['65000:1'], action: 'reject' }, { action: 'accept' }] })).toMatchObject({
      level: 'look',
      line: expect.stringContaining('what is changed may affect routes that are not known here'),
    });
  });

  test('judges prefixes that nodes advertise and rules name alike, and everything else that decides on routes', () => {
    const fabric = (more: object = {}, node: object = {}, peer: object = {}) => ({
      ...{
        name: 'lab',
        nodes: { ...nodes(2), node3: { ipv4Address: '10.9.0.1', advertise: [{ prefix: '10.1.0.0/16' }], ...node } },
      },
      peers: { isp: { node: 'node1', address: '192.0.2.1', asNumber: 64999, filters: ['f'], ...peer } },
      filters: { f: { import: [{ action: 'accept' }], export: [{ prefix: '10.1.0.0/16', action: 'accept' }] } },
      ...more,
    });
    const of = (...change: Parameters<typeof fabric>) => reportFor(fabric(), fabric(...change)).verdict;
    const look = (start: RegExp) => ({ level: 'look', line: expect.stringMatching(start) });
    const tagged = (community: string) =>
      of({ prefixAdvertisements: [{ prefix: '10.1.0.0/16', communities: [community] }] });
    expect(tagged('65535:65281')).toMatchObject(
      look(/^No longer advertises 10\.1\.0\.0\/16, workloads within 10\.1\.0\.0\/16 to isp;/),
    ); // NO_EXPORT
    expect(tagged('65535:65282')).toMatchObject({
      level: 'cuts',
      line: expect.stringMatching(/^Takes away the last path to 10\.1\.0\.0\/16, which needs allow_disruption;/),
    }); // NO_ADVERTISE
    const more = { advertise: [{ prefix: '10.1.0.0/16' }, { prefix: '0.0.0.0/0' }] };
    expect(of({}, more)).toMatchObject(look(/^Originates 0\.0\.0\.0\/0;/));
    expect(of({}, { workloadInterfaces: ['zz*'] })).toMatchObject(look(/ may affect routes that are not known here;/));
    expect(of({}, {}, { maxPrefixes: 1 })).toMatchObject(look(/; may close sessions, as it allows 1 prefix from a/));
    expect(of({ maxRouteMemory: 20 })).toMatchObject(
      look(/; may close sessions, as it allows 20 MB for the routes of all/),
    );
    expect(of({ kernelTable: 100 })).toMatchObject(
      look(/^Moves the kernel routes of node1, node2, node3 to table 100, metric 200;/),
    );
    const shut = {
      f: {
        import: [{ action: 'accept' }],
        export: [{ action: 'reject' }, { prefix: '10.1.0.0/16', action: 'accept' }],
      },
    };
    expect(of({ filters: shut })).toMatchObject({ level: 'cuts' });
    const keyed = reportFor(fabric(), fabric({ meshPassword: 'file:/key' }), [['node1'], ['node2', 'node3']]);
    expect(keyed.steps.flatMap(({ missing }) => missing)).toEqual([]); // nodes take the keys of both releases
  });

  test('of a node that is taken out of service says that its routes go with it', () => {
    const fabric = (more: object) => ({
      name: 'lab',
      nodes: { ...nodes(2), node3: { ipv4Address: '10.9.0.1', ...more } },
    });
    const { verdict, losses } = reportFor(fabric({}), fabric({ drain: true }));
    expect(verdict).toMatchObject({
      level: 'look',
      line: 'Takes node3 out of service, and with it the routes that only it has; changes no session; no other node loses a path.',
    });
    expect(losses).toMatchObject({ prefixes: ['workloads of node3 (IPv4)'], permanent: 2 });
    const advertise = [{ prefix: '10.3.0.0/16' }];
    expect(reportFor(fabric({ advertise }), fabric({ advertise, drain: true })).verdict.line).toMatch(
      /^Takes node3 out of service, and with it 10\.3\.0\.0\/16;/,
    );
  });

  test('says of nodes that leave that they do, of prefixes that nobody originates any more which, and cuts where no node is left', () => {
    const fabric = (more: object) => ({ name: 'lab', nodes: nodes(3), ...more });
    const verdictOf = (more: object) => reportFor(fabric({}), fabric(more)).verdict;
    expect(verdictOf({ nodes: nodes(2) })).toMatchObject({
      level: 'look',
      sentences: [expect.anything(), '1 node leaves the fabric; 0 of 2 nodes lose a path.', expect.anything()],
    });
    expect(verdictOf({ nodes: {} })).toMatchObject({
      level: 'cuts',
      line: 'Removes node1, node2, node3 from the fabric, which ends all paths of the fabric; removes 3 sessions (nodeToNodeMesh).',
      sentences: [expect.anything(), '3 nodes leave the fabric; none is left.', expect.anything()],
    });
    const advertising = fabric({
      nodes: nodes(3, (i) => (i === 0 ? { advertise: [{ prefix: '10.99.0.0/16' }] } : {})),
    });
    expect(reportFor(advertising, fabric({})).verdict).toMatchObject({
      level: 'look',
      line: 'No longer originates 10.99.0.0/16; changes no session; nodes keep their paths to each other.',
    });
  });

  test('says the same in all of its parts of a neighbour that is shut down, or is known by another AS number', () => {
    const fabric = (more: object) => ({
      ...{
        name: 'lab',
        nodes: nodes(3),
        filters: { f: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
      },
      peers: { tor: { node: 'node1', address: '192.0.2.1', asNumber: 65001, filters: ['f'], ...more } },
    });
    const shut = reportFor(fabric({}), fabric({ adminDown: 'maintenance' }));
    expect(shut.verdict).toMatchObject({
      level: 'cuts',
      line: expect.not.stringContaining('until the session is up again'),
    });
    expect(shut.losses).toMatchObject({ permanent: 6 });
    expect(shut.steps.flatMap(({ duties }) => duties)).toEqual([]);
    const renumbered = reportFor(fabric({}), fabric({ asNumber: 65002 }));
    expect(renumbered.losses!.rows.flatMap(({ losses }) => losses.flatMap((loss) => loss?.during ?? []))).not.toContain(
      'finalise', // the gate lets nobody get there whose neighbour has not changed
    );
  });

  test('cuts where nodes lose every path, and where the fabric is destroyed', () => {
    const fabric = { name: 'lab', nodes: nodes(3) };
    expect(reportFor(fabric, { ...fabric, nodeToNodeMesh: false }).verdict.level).toBe('cuts');
    const before = fabricOf(fabric);
    const gone = reportOf(destructionOf(before), { before });
    expect(gone.verdict).toMatchObject({
      level: 'cuts',
      sentences: ['3 of 3 sessions removed; none stays as it is.', 'All 3 nodes lose every path.', expect.anything()],
    });
    expect(gone.steps).toEqual([]);
    expect(gone.picture.places.map(({ mark }) => mark)).toEqual(['removed', 'removed', 'removed']);
  });

  test('of a first deploy has nothing to lose', () => {
    const after = fabricOf({ name: 'lab', nodes: nodes(3) });
    expect(reportOf(previewOf(undefined, after), { after }).verdict).toMatchObject({
      level: 'safe',
      sentences: [
        '3 sessions will be set up; none exists yet.',
        '3 nodes join, and none has a path to lose.',
        expect.anything(),
      ],
    });
  });

  test('says of secrets that are delivered again what may be reset, and where they are', () => {
    const after = fabricOf({ name: 'lab', nodes: nodes(3), meshPassword: 'secret:mesh' });
    const before = withFormerSecrets(after);
    const { verdict, objects } = reportOf(previewOf(before, after), { before, after });
    expect(verdict).toMatchObject({ level: 'look', line: expect.stringMatching(/^May reset 3 sessions /) });
    expect(verdict.sentences[0]).toBe('3 of 3 sessions may be reset.');
    expect(objects.flatMap(({ fields }) => fields)).toEqual([
      { field: 'meshPassword', before: '"secret:mesh (previous value)"', after: '"secret:mesh"' },
    ]);
  });

  test('says what people outside must do, in which wave, what gates ask and how long they may take', () => {
    const { steps, neighbours, objects } = racksChange();
    expect(steps.map(({ wave, nodes: { length }, demands }) => [wave, length, demands])).toEqual([
      [1, 2, ['192.0.2.3 (racks.rack-b) with node2: is reset and must come up again']],
      [2, 3, ['192.0.2.3 (racks.rack-b) with node5: is reset and must come up again']],
      [3, 7, ['192.0.2.3 (racks.rack-b) with node8, node11: is reset and must come up again']],
    ]);
    expect(steps[0].duties[0]).toEqual({
      text: '192.0.2.3 must sign with the key known here as secret:tor: its sessions with node2, node5, node8, node11',
      way: expect.stringMatching(/^Key: TCP MD5 supports one key/),
    });
    expect(neighbours[0].changes[0]).toMatchObject({
      fate: 'lost',
      prefixes: ['routes of 192.0.2.5', 'routes of 192.0.2.6'],
    });
    expect(objects.map(({ path, fields }) => [path, fields.map(({ field }) => field)])).toEqual([
      ['racks.rack-b', ['topOfRack[0].password']],
      ['racks.rack-c', ['topOfRack']],
    ]);
    const fabric = { name: 'lab', nodes: nodes(2) };
    const timed = reportFor(fabric, { ...fabric, holdTime: 30 }, [['node1']], {
      gateOf: ([first]) => (first === 'node1' ? 5 : undefined),
    });
    expect(timed.steps.map(({ gate }) => gate)).toEqual([5, undefined]);
  });
});
