import { calicoLine } from '../../lib/cli/debug/calico';
import { selectorLine } from '../../lib/cli/debug/selector';

const NODES = ['a', 'b']
  .map(
    (name, i) =>
      `apiVersion: v1\nkind: node\nmetadata: {name: ${name.toUpperCase()}}\nspec: {bgp: {ipv4Address: 10.0.0.${i + 1}/24}}\n`,
  )
  .join('---\n');

describe('debug calico', () => {
  test('answers with what was read, and with the sessions of a node', () => {
    const answer = JSON.parse(JSON.stringify(calicoLine({ manifests: NODES, node: 'A' })));
    expect(answer).toMatchObject({
      valid: true,
      problems: [],
      sessions: [{ kind: 'mesh', peerAddress: '10.0.0.2', passive: true }],
    });
    expect(answer.resources).toHaveLength(2);
    expect(calicoLine({ manifests: NODES })).not.toHaveProperty('sessions');
  });

  test('answers with what is wrong, and no sessions', () => {
    expect(calicoLine({ manifests: `${NODES}---\nfoo`, node: 'a' })).toMatchObject({
      valid: false,
      problems: [{ path: 'document 3', message: '"foo" is not a resource' }],
    });
  });

  test.each([[null], [{}], [{ manifests: 1 }], [{ manifests: NODES, node: 1 }], [{ manifests: NODES, node: 'c' }]])(
    '%j is an error',
    (line) => {
      expect(calicoLine(line)).toHaveProperty('error.code');
    },
  );
});

describe('debug selector', () => {
  test('answers whether the labels are chosen', () => {
    expect(selectorLine({ selector: "a=='x'", labels: { a: 'x' } })).toEqual({ matches: true, canonical: 'a == "x"' });
    expect(selectorLine({ selector: 'has(a)' })).toMatchObject({ matches: false });
  });

  test.each([[null], [{}], [{ selector: 'a' }], [{ selector: '', labels: [] }], [{ selector: '', labels: { a: 1 } }]])(
    '%j is an error',
    (line) => {
      expect(selectorLine(line)).toHaveProperty('error.code');
    },
  );
});
