import { importCalico } from '../../lib/cli/command/import';
import { InvalidInput } from '../../lib/model/problem';

const file = (text: string, name = 'a.yaml') => ({ name, text });
const PEER = file(
  'apiVersion: v1\nkind: bgpPeer\nmetadata: {scope: global, peerIP: 192.0.2.1}\nspec: {asNumber: 65000}\n',
);
const OTHER = file('apiVersion: v1\nkind: profile\nmetadata: {name: web}\n');

describe('import calico', () => {
  test('makes one fabric of all files, and tells of each resource', () => {
    const { text, report } = importCalico([file(`${PEER.text}---\n${OTHER.text}`)], 'site', 'json');
    expect(JSON.parse(text)).toMatchObject({
      name: 'site',
      peers: { '192-0-2-1': { address: '192.0.2.1', asNumber: 65000 } },
    });
    expect(report.split('\n')).toEqual([
      'must be decided before a deploy: Node: there is none, so no peer has a session: import the nodes too, from `calicoctl get nodes -o yaml` or `kubectl get nodes -o yaml`',
      'imported: BGPPeer/192-0-2-1',
      'not imported: IPPool: there is none: all workload routes are advertised to peers, whatever their prefixes',
      'not related to BGP: profile/web',
      '',
    ]);
    expect(importCalico([PEER], 'site', 'typescript').text).toContain("new GlobalPeer(fabric, 'peer-192-0-2-1', {");
  });

  test('says once what is the same of many resources', () => {
    const nodes = [1, 2, 3, 4, 5].map((n) => ({
      ...{ apiVersion: 'projectcalico.org/v3', kind: 'Node', metadata: { name: `n${n}` } },
      spec: { bgp: { ipv4Address: `10.0.0.${n}/24`, ipv4IPIPTunnelAddr: `10.65.0.${n}` } },
    }));
    const { report, text } = importCalico([file(JSON.stringify(nodes))], 'site', 'typescript');
    const line =
      'Node/n1, Node/n2, Node/n3 and 2 more spec.bgp.ipv4IPIPTunnelAddr: a fabric does not route through tunnels';
    expect(report).toContain(`\nnot imported: ${line}\n`);
    expect(text).toContain(`// - ${line}\n`);
  });

  test('names a resource by its whole address, and sends people to Calico for a field that is not there', () => {
    const make = () => importCalico([file(PEER.text.replace('asNumber: 65000', 'asn: 3'))], 'site', 'json');
    expect(make).toThrow(
      /^ {2}bgpPeer\/192\.0\.2\.1 spec\.asn: there is no field asn\. .*Calico reference.*remove it from the file/m,
    );
  });

  test('says first what traffic depends on', () => {
    const v3 = (kind: string, name: string, spec: object) =>
      JSON.stringify({ apiVersion: 'projectcalico.org/v3', kind, metadata: { name }, spec });
    const texts = [
      v3('Node', 'a', { bgp: { ipv4Address: '10.0.0.1/24', ipv4IPIPTunnelAddr: '10.65.0.1' } }),
      v3('IPPool', 'pool', { cidr: '10.65.0.0/16', ipipMode: 'Always', natOutgoing: true }),
      v3('BGPFilter', 'odd', { importV4: [{ action: 'Accept', interface: 'eth0' }] }),
      v3('BGPPeer', 'uplink', { peerIP: '192.0.2.1', asNumber: 1, filters: ['odd'] }),
      v3('BGPPeer', 'vrf', { peerIP: '192.0.2.2', asNumber: 1, externalNetwork: 'red' }),
    ];
    const { report, undecided, text } = importCalico([file(texts.join('\n---\n'))], 'site', 'typescript');
    const lines = report.split('\n').map((line) => line.split(': ').slice(0, 2).join(': '));
    expect([lines.slice(0, 4).sort(), undecided]).toEqual([
      ['BGPFilter/odd', 'BGPPeer/uplink', 'BGPPeer/vrf spec.externalNetwork', 'IPPool/pool spec.ipipMode'].map(
        (path) => `must be decided before a deploy: ${path}`,
      ),
      4,
    ]);
    expect(lines.slice(4)).toEqual(
      expect.arrayContaining([
        'not imported: Node/a spec.bgp.ipv4IPIPTunnelAddr',
        'not imported: IPPool/pool spec.natOutgoing',
      ]),
    );
    expect(text.indexOf('// Must be decided before a deploy:')).toBeLessThan(text.indexOf('// Not carried over'));
  });

  test.each(['', '---\n', '{apiVersion: v1, kind: List, items: []}', OTHER.text])(
    'names a file from which nothing came, and refuses if there is no other: %j',
    (text) => {
      expect(importCalico([PEER, file(text, 'b.yaml')], 'site', 'json').report).toMatch(
        /^must be decided before a deploy: b\.yaml: it contains no resource of BGP/,
      );
      expect(() => importCalico([file(text, 'b.yaml')], 'site', 'json')).toThrow(/b\.yaml: it contains no resource/);
    },
  );

  test('names what is wrong with an address', () => {
    const make = () => importCalico([file(PEER.text.replace('192.0.2.1', '224.0.0.1'))], 'site', 'json');
    expect(make).toThrow(/224\.0\.0\.1 is a multicast address, so it cannot be the address of a peer/);
  });

  test('makes none of manifests that Calico would refuse, and says all that is wrong', () => {
    const make = () => importCalico([file(PEER.text.replace('global', 'rack')), file('metadata: {}')], 'site', 'json');
    expect(make).toThrow(InvalidInput);
    expect(make).toThrow(/2 problems.*metadata.scope.*no kind/s);
  });

  test('names the file, and the place in it, of what cannot be read', () => {
    const make = () => importCalico([PEER, file('a: 1\n---\nb: [', 'b.yaml')], 'site', 'json');
    expect(make).toThrow(/b\.yaml document 2: .* at line 3, column 5/);
  });

  test('makes none under a name that a fabric cannot have', () => {
    expect(() => importCalico([PEER], '-', 'json')).toThrow(/do not make a valid fabric.*name/s);
  });
});
