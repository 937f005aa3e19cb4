import type { FabricSpec } from '../../../lib/model/fabric';
import type { PeerSpec } from '../../../lib/model/peer';
import { compare } from '../../../lib/preview/observed/comparison';
import { predictionOf } from '../../../lib/preview/observed/prediction';
import { valid } from '../../model/valid';
import { NotingFleet } from './noting-fleet';

/** Deploys a fabric in two waves, and returns what was predicted for sessions, and what was observed. */
function deployed(before: FabricSpec, after: FabricSpec, outsideAs?: number): readonly [said: string, seen: string] {
  const [was, is] = [valid(before), valid(after)];
  const [first, ...rest] = Object.keys(is.nodes);
  const waves = [[first], rest];
  const fleet = new NotingFleet(was, is, outsideAs);
  fleet.deploy(waves);
  const prediction = predictionOf(was, is, { waves, about: '' });
  const said = prediction.sessions.map(({ change, reason, otherwise }) =>
    [change, `(${reason})`, ...(otherwise === undefined ? [] : ['or', otherwise])].join(' '),
  );
  const noted = { activation: 2, observations: fleet.observations(), silent: new Map<string, string>() };
  const { observed, differences } = compare(prediction, noted);
  expect(differences).toEqual([]);
  const seen = Object.entries(observed).flatMap(([change, number]) => (number > 0 ? [`${number} ${change}`] : []));
  return [said.join('; '), seen.join('; ') || 'nothing'];
}

const NODES = { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' }, n3: { ipv4Address: '10.0.0.3' } };
const lab = (more: Partial<FabricSpec>): FabricSpec => ({ name: 'lab', asNumber: 64512, nodes: NODES, ...more });

describe('a deploy goes as predicted where', () => {
  test('reflectors have another cluster ID', () => {
    const reflected = (more: object) => lab({ routeReflectors: { all: { reflectors: ['n1', 'n2'], ...more } } });
    expect(deployed(reflected({}), reflected({ clusterId: '10.0.0.250' }))).toEqual([
      'retuned (cluster ID); retuned (cluster ID)',
      '3 retuned',
    ]);
  });

  test('a session is enabled while the AS number of its node changes', () => {
    const paired = (asNumber: number, more: object) =>
      lab({
        nodeToNodeMesh: false,
        nodes: { ...NODES, n1: { ...NODES.n1, asNumber } },
        peers: { pair: { node: 'n1', address: '10.0.0.2', asNumber: 64512, ...more } },
      });
    expect(deployed(paired(65001, { adminDown: 'maintenance' }), paired(65002, {}))).toEqual([
      'reset (no longer admin-down)',
      'nothing',
    ]);
  });

  describe('the AS number of a neighbour on a link without addresses', () => {
    const up = (peer: Pick<PeerSpec, 'asNumber' | 'peerType' | 'holdTime'>, localAsNumber?: number) =>
      lab({
        nodes: { n1: NODES.n1 },
        peers: { up: { interface: 'eth1', filters: ['all'], ...(localAsNumber && { localAsNumber }), ...peer } },
        filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
      });
    const any = { peerType: 'external' } as const;
    const ours = { peerType: 'internal' } as const;
    const unless = 'reset (AS number unless the neighbour is in AS 65001) or nothing';
    const [nothing, reset] = ['nothing', '1 reset'];

    test.each([
      ['is demanded, and it is the one', up(any), up({ asNumber: 65001 }), 65001, unless, nothing],
      ['is demanded, and it is another one', up(any), up({ asNumber: 65001 }), 65002, unless, reset],
      ['may be any again', up({ asNumber: 65001 }), up(any), 65001, '', nothing],
      ['is ours, by its number', up(ours), up({ asNumber: 64512 }), 64512, '', nothing],
      ['is ours, by its type', up({ asNumber: 64512 }), up(ours), 64512, '', nothing],
      ['is ours no longer', up(ours), up(any), 64512, 'reset (AS number)', reset],
      ['is now ours', up(any), up({ asNumber: 64512 }), 65001, 'reset (AS number)', reset],
      [
        'is demanded, and the hold time changes',
        ...([up(any), up({ asNumber: 65001, holdTime: 30 }), 65001] as const),
        ...(['reset (hold time)', reset] as const),
      ],
      [
        'may be any, and our own changes',
        ...([up(any, 65008), up(any, 65009), 65001] as const),
        ...(['reset (AS number)', reset] as const),
      ],
    ])('%s', (_what, before, after, neighbourAs, said, seen) => {
      expect(deployed(before, after, neighbourAs)).toEqual([said, seen]);
    });
  });
});
