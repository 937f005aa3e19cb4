import { rejection } from '../../../lib/agent/network/rule-text';
import { runningPolicies } from '../../../lib/agent/network/running-policies';
import { readFabric } from '../../../lib/model/read';
import { routingOf } from '../../../lib/node/routing';
import { OUT_OF_SERVICE, runningSessions } from '../../../lib/node/sessions';
import { Simulation } from '../../bgp/simulation';

const release = (label: string) =>
  readFabric({
    name: 'f',
    nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2', labels: { label } } },
    peers: { tor: { node: 'n1', address: '10.0.0.3', asNumber: 65003, filters: ['f'] } },
    filters: { f: { import: [{ prefix: '203.0.113.0/24', action: 'reject' }] } },
  }).fabric!;

test('a session that a release leaves as it is has its filters in that release', () => {
  const network = new Simulation();
  network.add('n1', ['10.0.0.1']);
  for (const label of ['a', 'b']) {
    const fabric = release(label);
    const all = runningSessions({ active: { fabric } }, 'n1');
    network.give('n1', {
      kind: 'configure',
      routing: routingOf(fabric, 'n1'),
      sessions: all.map(({ config }) => config),
    });
    const { speaker } = network.node('n1');
    const { key } = all.find(({ session }) => session.origin === 'peers.tor')!.session;
    const policies = runningPolicies(speaker)(speaker.ribNumbers().get(key)!);
    expect(rejection(fabric, policies?.importPolicy, 0)).toBe('rule 1 of filter f');
  }
});

test('a node that is out of service has the filters that it has in service beside', () => {
  const network = new Simulation();
  const fabric = release('a');
  const all = runningSessions({ active: { fabric }, service: 'none' }, 'n1');
  network.add('n1', ['10.0.0.1']);
  const sessions = all.map(({ config }) => config);
  network.give('n1', { kind: 'configure', routing: routingOf(fabric, 'n1'), sessions });
  const { speaker } = network.node('n1');
  const { key, exportPolicy } = all.find(({ session }) => session.origin === 'peers.tor')!.session;
  const policies = runningPolicies(speaker, all)(speaker.ribNumbers().get(key)!);
  expect(policies?.exportPolicy).toBe(OUT_OF_SERVICE);
  expect(policies?.inService).toBe(exportPolicy);
});
