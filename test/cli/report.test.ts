import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf } from '../../lib/cli/program';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), 'utf8');
function file(name: string, content: unknown): string {
  writeFileSync(at(name), JSON.stringify(content));
  return at(name);
}

/** What the command prints, and its exit code. */
async function report(...args: string[]): Promise<{ text: string; code: number }> {
  const written: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await (await programOf('report')).parseAsync(['node', 'peerform', 'report', ...args]);
    return { text: written.join(''), code: Number(process.exitCode ?? 0) };
  } finally {
    write.mockRestore();
    process.exitCode = undefined;
  }
}

const attributes = (name: string, more: object = {}) => ({
  name,
  nodes: { n1: { ipv4_address: '10.0.0.1' }, n2: { ipv4_address: '10.0.0.2' }, n3: { ipv4_address: '10.0.0.3' } },
  ...more,
});
const stack = (more: object, ...others: object[]) => ({
  resource: {
    peerform_fabric: { lab: attributes('lab', more), ...others },
    peerform_wave: {
      first: { nodes: { n1: 'unix:///n1' }, gate: { within: 5 } },
      rest: { nodes: { n2: 'unix:///n2', n3: 'unix:///n3' }, gate: { within: 90 } },
    },
  },
});

describe('peerform report', () => {
  test('prints the verdict, and writes a page and a picture', async () => {
    const files = [file('before.json', stack({})), file('after.json', stack({ hold_time: 30 }))];
    expect(await report(...files, '--html', at('page.html'), '--svg', at('net.svg'))).toEqual({
      text: `Look: Resets 3 sessions (hold time); no node loses a path.
Fabric lab:
  3 of 3 sessions reset; none stays as it is.
  0 of 3 nodes lose a path.
  0 of 3 simulated prefixes are missing at any node at any time.
`,
      code: 0,
    });
    expect(read('page.html')).toContain('<h1>Resets 3 sessions (hold time); no node loses a path.</h1>');
    expect(read('net.svg')).toMatch(/^<svg class="net" xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>$/);
  });

  test('knows from a stack where objects are written, its waves, and how long their gates may take', async () => {
    const places = { 'main.ts:7': [''], 'main.ts:9': ['nodes.n4'] };
    const changed = {
      waves: [['n1'], ['n2', 'n3']],
      hold_time: 30,
      '//': { places },
    };
    const { text } = await report(file('before.json', stack({})), file('after.json', stack(changed)), '--markdown');
    expect(text).toContain('- `the fabric changed in main.ts:7: holdTime 90 → 30`');
    expect(text).toContain('- `wave 1: 1 node, at most 5 s`\n- `wave 2: 2 nodes, at most 90 s`');
  });

  test('of a plan reads both fabrics and the gates', async () => {
    const change = (type: string, before: object, after: object) => ({
      ...{ type, address: `${type}.a`, mode: 'managed', name: 'a' },
      change: { actions: ['update'], before, after, after_unknown: {} },
    });
    const wave = { nodes: { n1: 'x', n2: 'x', n3: 'x' }, gate: { within: 7 } };
    const path = file('plan.json', {
      format_version: '1.2',
      resource_changes: [
        change('peerform_fabric', attributes('lab'), attributes('lab', { hold_time: 30 })),
        change('peerform_wave', wave, wave),
      ],
    });
    const { text } = await report(path, '--markdown');
    expect(text).toContain('3 of 3 sessions reset');
    expect(text).toContain('- `wave 1: 3 nodes, at most 7 s`');
  });

  test('exits with 1 where nodes are cut off, having written everything', async () => {
    const files = [file('before.json', stack({})), file('after.json', stack({ node_to_node_mesh: false }))];
    const { text, code } = await report(...files, '--html', at('page.html'), '--markdown');
    expect([text.split('\n')[0], code, existsSync(at('page.html'))]).toEqual(['<!-- peerform report -->', 1, true]);
    const allowed = file('allowed.json', stack({ node_to_node_mesh: false, allow_disruption: true }));
    expect((await report(files[0], allowed)).code).toBe(0);
  });

  test('writes a file for each of several fabrics, named after it', async () => {
    const two = (more: object) => stack(more, attributes('edge', more));
    const files = [file('before.json', two({})), file('after.json', two({ hold_time: 30 }))];
    const { text } = await report(...files, '--html', at('page.html'), '--no-play');
    expect(text.match(/^Fabric \w+:$/gm)).toEqual(expect.arrayContaining(['Fabric edge:', 'Fabric lab:']));
    for (const name of ['lab', 'edge']) expect(read(`page-${name}.html`)).toContain(`<code>${name}</code>`);
    expect(existsSync(at('page.html'))).toBe(false);
  });
});
