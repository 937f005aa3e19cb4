import { createHash } from 'node:crypto';
import { readFabric } from '../../lib/model/read';
import { previewOf } from '../../lib/preview/preview';
import type { Change } from '../../lib/report/change';
import { htmlOf } from '../../lib/report/html';
import { type Report, reportOf } from '../../lib/report/report';
import type { Wave } from '../../lib/topology/losses';

export const fabricOf = (spec: object) => {
  const { fabric, problems } = readFabric(spec);
  if (!fabric) throw new Error(JSON.stringify(problems));
  return fabric;
};

export const digest = (text: string): string => createHash('sha256').update(text).digest('base64');
export const pageOf = (report: Report): string => htmlOf(report, digest);

/** So many nodes with an address each, and more. */
export const nodes = (number: number, more: (i: number) => object = () => ({})) =>
  Object.fromEntries(
    Array.from({ length: number }, (_, i) => [
      `node${i + 1}`,
      { ipv4Address: `10.${i >> 8}.${i & 255}.1`, ...more(i) },
    ]),
  );

/** The report of a change from one fabric to the next. */
export function reportFor(
  before: object,
  after: object,
  waves: readonly Wave[] = [],
  more: Partial<Change> = {},
): Report {
  const [was, is] = [fabricOf(before), fabricOf(after)];
  return reportOf(previewOf(was, is, { waves }), { before: was, after: is, waves, ...more });
}

/** Three nodes whose mesh is switched off: the change that `npm start` shows. */
export function meshOff(): Report {
  const fabric = {
    name: 'quickstart',
    edition: 2,
    asNumber: 67111,
    nodes: nodes(3, (i) => ({ ipv4Address: `10.0.0.${i + 1}`, ipv6Address: `fd00:10::${i + 1}` })),
    peers: {
      tor: { address: '192.20.30.40', asNumber: 67111 },
      'node1-tor': { node: 'node1', address: 'aa:bb::ff', asNumber: 67111 },
    },
  };
  const places = new Map([['', 'main.ts:7']]);
  return reportFor(fabric, { ...fabric, nodeToNodeMesh: false }, [], { places });
}

/** Racks, of which one loses its switches and another gets a key; in three waves. */
export function racksChange(): Report {
  const switches = (...last: number[]) => last.map((octet) => ({ ipv4Address: `192.0.2.${octet}`, asNumber: 65100 }));
  const racks = {
    'rack-a': { asNumber: 65001, topOfRack: switches(1, 2) },
    'rack-b': { asNumber: 65002, topOfRack: switches(3, 4) },
    'rack-c': { asNumber: 65003, topOfRack: switches(5, 6) },
  };
  const fabric = {
    name: 'dc1',
    edition: 2,
    racks,
    nodes: nodes(12, (i) => ({ rack: Object.keys(racks)[i % 3] })),
    peers: { collector: { address: '198.51.100.7', asNumber: 64999, node: 'node1' } },
  };
  const [first, second] = racks['rack-b'].topOfRack;
  const changed = {
    ...racks,
    'rack-b': { ...racks['rack-b'], topOfRack: [{ ...first, password: 'secret:tor' }, second] },
    'rack-c': { ...racks['rack-c'], topOfRack: [] },
  };
  return reportFor(fabric, { ...fabric, racks: changed }, [
    ['node1', 'node2'],
    ['node3', 'node4', 'node5'],
  ]);
}

/** A mesh of so many nodes whose hold time changes, canaries first. */
export const meshOf = (number: number): Report => {
  const fabric = {
    name: 'mesh',
    edition: 2,
    nodes: nodes(number),
    peers: { transit: { address: '192.0.2.1', asNumber: 65000 } },
  };
  const canaries = Array.from({ length: 50 }, (_, i) => `node${i + 1}`);
  return reportFor(fabric, { ...fabric, holdTime: 30 }, [canaries]);
};
