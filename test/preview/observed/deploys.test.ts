import type { FabricSpec } from '../../../lib/model/fabric';
import type { PeerSpec } from '../../../lib/model/peer';
import { compare } from '../../../lib/preview/observed/comparison';
import { predictionOf } from '../../../lib/preview/observed/prediction';
import { valid } from '../../model/valid';
import { NotingFleet } from './noting-fleet';

/** Deploys a fabric in two waves: what was predicted for sessions, what was observed, and what happened besides. */
function told(
  before: FabricSpec,
  after: FabricSpec,
  outsideAs?: number,
  links?: readonly string[],
): readonly [said: string, seen: string, besides: readonly string[]] {
  const [was, is] = [valid(before), valid(after)];
  const [first, ...rest] = Object.keys(is.nodes);
  const waves = [[first], rest];
  const fleet = new NotingFleet(was, is, outsideAs, links);
  fleet.deploy(waves);
  const prediction = predictionOf(was, is, { waves, about: '' });
  const said = prediction.sessions.map(({ change, reason, otherwise }) =>
    [change, `(${reason})`, ...(otherwise === undefined ? [] : ['or', otherwise])].join(' '),
  );
  const noted = { activation: 2, observations: fleet.observations(), silent: new Map<string, string>() };
  const { observed, differences, besides } = compare(prediction, noted);
  expect(differences).toEqual([]);
  const seen = Object.entries(observed).flatMap(([change, number]) => (number > 0 ? [`${number} ${change}`] : []));
  return [said.join('; '), seen.join('; ') || 'nothing', besides];
}

const deployed = (...change: Parameters<typeof told>) => told(...change).slice(0, 2);

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

  describe('two nodes', () => {
    const nodes = { n1: NODES.n1, n2: NODES.n2 };
    const peered = (...all: readonly PeerSpec[]) =>
      lab({ nodes, nodeToNodeMesh: false, peers: Object.fromEntries(all.map((peer, i) => [`p${i}`, peer])) });
    const numbered: PeerSpec = { node: 'n1', address: '10.0.0.2' };
    const cable: PeerSpec = { node: 'n1', interface: 'eth1', peerNode: 'n2', peerInterface: 'eth2' };

    test.each<[string, FabricSpec, FabricSpec, string, string]>([
      [
        'go over to a link',
        peered(numbered),
        peered(cable),
        'removed (peers.p0); added (peers.p0)',
        '1 added; 1 removed',
      ],
      [
        'go back to addresses',
        peered(cable),
        peered(numbered),
        'added (peers.p0); removed (peers.p0)',
        '1 added; 1 removed',
      ],
      ['have a link as well', peered(numbered), peered(numbered, cable), 'added (peers.p1)', '1 added'],
      [
        'have the mesh instead of a link',
        peered(cable),
        lab({ nodes }),
        'added (nodeToNodeMesh); removed (peers.p0)',
        '1 added; 1 removed',
      ],
      [
        'have a link instead of the mesh',
        lab({ nodes }),
        peered(cable),
        'removed (nodeToNodeMesh); added (peers.p0)',
        '1 added; 1 removed',
      ],
    ])('%s', (_what, before, after, said, seen) => {
      expect(deployed(before, after)).toEqual([said, seen]);
    });
  });

  describe('a cable joins two nodes that have a pattern', () => {
    const nodes = { n1: { ...NODES.n1, asNumber: 65001 }, n2: { ...NODES.n2, asNumber: 65002 } };
    const filters = { all: { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] } };
    const up: PeerSpec = { interface: 'eth*', peerType: 'external', filters: ['all'] };
    const cable: PeerSpec = { node: 'n1', interface: 'eth3', peerNode: 'n2', peerInterface: 'eth3' };
    const other: PeerSpec = { ...up, node: 'n1', interface: 'eth3', port: 1790 };
    const peered = (peers: Readonly<Record<string, PeerSpec>>) => lab({ nodes, nodeToNodeMesh: false, filters, peers });
    const ceded = 'removed (peers.up if eth3 has a session) or nothing';

    test.each<[string, FabricSpec, FabricSpec, readonly string[], string, string]>([
      [
        'that had a session on its link',
        ...([peered({ up }), peered({ up, cable }), ['eth1', 'eth3']] as const),
        ...([`added (peers.cable); ${ceded}; ${ceded}`, '1 added'] as const),
      ],
      [
        'that had other links only',
        ...([peered({ up }), peered({ up, cable }), ['eth1']] as const),
        ...([`added (peers.cable); ${ceded}; ${ceded}`, '1 added'] as const),
      ],
      [
        'that does not match its link',
        ...([peered({ up: { ...up, interface: 'en*' } }), peered({ up: { ...up, interface: 'en*' }, cable })] as const),
        ...([['en1'], 'added (peers.cable)', '1 added'] as const),
      ],
      [
        'and joined them before, with another hold time',
        ...([peered({ up, cable }), peered({ up, cable: { ...cable, holdTime: 30 } }), ['eth1', 'eth3']] as const),
        ...(['reset (hold time)', '1 reset'] as const),
      ],
      [
        'one of which keeps its link',
        ...([peered({ up }), peered({ up, cable: { ...cable, reversePeering: 'manual' } }), ['eth1', 'eth3']] as const),
        ...([`added (peers.cable); ${ceded}`, '1 added'] as const),
      ],
      [
        'one of which has a neighbour on another port of its link',
        ...([peered({ up, other }), peered({ up, other, cable }), ['eth1', 'eth3']] as const),
        ...([`added (peers.cable); ${ceded}; ${ceded}`, '1 added'] as const),
      ],
    ])('%s', (_what, before, after, links, said, seen) => {
      const [predicted, observed, besides] = told(before, after, 65101, links);
      // At the other end of a link is somebody else here, not the other node.
      const others = besides.filter((text) => !text.startsWith('n1 - n2 '));
      expect([predicted, observed, others]).toEqual([said, seen, []]);
    });
  });

  describe('the pattern of a peer on links without addresses', () => {
    const filters = { all: { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] } };
    const over = (...all: readonly PeerSpec[]) => {
      const peers = all.map((peer, i): [string, PeerSpec] => [
        `p${i}`,
        { peerType: 'external', filters: ['all'], ...peer },
      ]);
      return lab({ nodes: { n1: NODES.n1 }, peers: Object.fromEntries(peers), filters });
    };
    const on = (link: string, more: PeerSpec = {}) => over({ interface: link, ...more });
    const [one, two] = [['eth0'], ['eth0', 'eth1']];
    const mayRemove = (pattern: string) => `removed (peers.p0 if other interfaces match ${pattern}) or nothing`;
    const mayAdd = (pattern: string) => `added (peers.p0 if other interfaces match ${pattern}) or nothing`;

    test.each<[string, FabricSpec, FabricSpec, readonly string[], string, string]>([
      ['becomes its only link', on('eth*'), on('eth0'), one, mayRemove('eth*'), 'nothing'],
      ['becomes one of its links', on('eth*'), on('eth0'), two, mayRemove('eth*'), '1 removed'],
      ['comes, for a link that had a name', on('eth0'), on('eth*'), one, mayAdd('eth*'), 'nothing'],
      ['comes, for that and more links', on('eth0'), on('eth*'), two, mayAdd('eth*'), '1 added'],
      ['becomes a wider one', on('eth*'), on('e*'), two, mayAdd('e*'), 'nothing'],
      ['becomes a narrower one', on('e*'), on('eth*'), two, mayRemove('e*'), 'nothing'],
      ['becomes a narrower one, for fewer links', on('e*'), on('eth*'), [...two, 'ens1'], mayRemove('e*'), '1 removed'],
      ['becomes one that overlaps', on('eth*'), on('*0'), one, `${mayRemove('eth*')}; ${mayAdd('*0')}`, 'nothing'],
      [
        'becomes another link',
        on('eth*'),
        on('ens1'),
        one,
        'removed (peers.p0); added (peers.p0)',
        '1 added; 1 removed',
      ],
      ['matches nothing, before and after', on('eth*'), on('e*'), [], mayAdd('e*'), '1 added; 1 removed'],
      [
        'becomes the names of its links',
        ...([
          on('eth*'),
          over({ interface: 'eth0' }, { interface: 'eth1' }),
          two,
          mayRemove('eth*'),
          'nothing',
        ] as const),
      ],
      [
        'leaves one of its links to another entry',
        ...([on('eth*'), over({ interface: 'eth*' }, { interface: 'eth0' }), two, '', 'nothing'] as const),
      ],
      [
        'becomes its link, with another hold time',
        ...([on('eth*'), on('eth0', { holdTime: 30 }), one] as const),
        ...([`reset (hold time); ${mayRemove('eth*')}`, '1 reset'] as const),
      ],
    ])('%s', (_what, before, after, links, said, seen) => {
      const [predicted, observed] = told(before, after, undefined, links);
      expect(predicted.split('; ').sort()).toEqual(said.split('; ').sort());
      expect(observed.split('; ').sort()).toEqual(seen.split('; ').sort());
    });
  });
});
