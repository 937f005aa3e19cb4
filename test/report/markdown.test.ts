import { markdownOf } from '../../lib/report/markdown';
import { meshOff, racksChange } from './changes';

const MARKER = '<!-- peerform report -->';
const octets = (text: string) => Buffer.byteLength(text);

describe('the Markdown of a report', () => {
  test('has the marker, the verdict, the shares and a picture before what is folded', () => {
    expect(markdownOf([meshOff()]).split('\n').slice(0, 22)).toEqual([
      MARKER,
      '### Fabric `quickstart`',
      '',
      '**Look:** **`Takes paths in one address family from node1, node2, node3; removes 6 sessions (nodeToNodeMesh).`**',
      '',
      '- 6 of 10 sessions removed; 4 of 10 stay as they are.',
      '- 3 of 3 nodes lose a path, 0 of 3 lose every path.',
      '- 3 of 8 simulated prefixes are missing permanently at 3 of 3 nodes.',
      '',
      '```mermaid',
      'flowchart TB',
      '  c0(["tor"])',
      '  c1(["node1-tor"])',
      '  c2["Nodes<br/>3 nodes<br/>6 removed among them"]',
      '  c0 ---|"3 unchanged"| c2',
      '  c1 ---|"1 unchanged"| c2',
      '  linkStyle 0 stroke:#8796a5,stroke-width:1px',
      '  linkStyle 1 stroke:#8796a5,stroke-width:1px',
      '```',
      '',
      '<details><summary>What the code changes</summary>',
      '',
    ]);
  });

  test('draws racks, and says which of their sessions change', () => {
    const text = markdownOf([racksChange()]);
    expect(text).toContain('["rack-b<br/>4 nodes<br/>6 unchanged among them"]');
    expect(text.match(/"4 reset"/g)).toHaveLength(1);
    expect(text.match(/"4 removed"/g)).toHaveLength(2);
  });

  test('takes at most 60 kB, of however many fabrics', () => {
    const one = racksChange();
    for (const number of [1, 20, 300]) {
      const text = markdownOf(Array.from({ length: number }, () => one));
      expect(octets(text)).toBeLessThanOrEqual(60_000);
      expect(text.startsWith(`${MARKER}\n### Fabric`)).toBe(true);
    }
  });
});
