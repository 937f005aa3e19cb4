import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFabric } from '../../lib/model/read';
import { ANSWERS, AnsweringAgent } from './answers';

const spec = {
  name: 'lab',
  asNumber: 67111,
  nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } },
};
const agent = new AnsweringAgent(readFabric(spec).fabric!);
const files = ['before', 'after'].map((name, i) => {
  const file = join(agent.folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...spec, holdTime: 90 - i * 60 }));
  return file;
});
beforeAll(() => agent.start());
afterAll(() => agent.stop());
beforeEach(() => {
  agent.now = ANSWERS;
});

const DIFFERS = 'not as predicted: n1 - 10.0.0.3 (ipv4): predicted nothing, observed reset (hold time); and 1 more';

describe('peerform report --observed', () => {
  test('compares the last activation with what was predicted, and lists every difference', async () => {
    const { out } = await agent.asked('report', '--observed');
    expect(out).toBe(`Activation 1: ${DIFFERS}

Not as predicted
  n1 - 10.0.0.3 (ipv4): predicted nothing, observed reset (hold time)
  10.0.0.0/8 at n1: predicted not missing, observed missing for 12 ms

Not observed
  n1: the agent was restarted
  n2: unix:///none.sock: there is no such socket; is the agent running? (or the endpoint unix:///none.sock of node n2 is a socket on the machine that deployed the fabric, which may be another than this one. Run the command there, or give the nodes ssh:// endpoints)

Lost prefixes
  n1: 10.0.0.0/8 was missing for 12 ms

Predicted
  Changes nothing.
`);
  });

  test('is data for programs', async () => {
    const { out } = await agent.asked('report', '--observed', '1', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({ activation: 1, verdict: 'differs', line: DIFFERS });
  });

  test('stands at the end of a page and in a comment, where the change is named', async () => {
    const page = join(agent.folder, 'page.html');
    const { out } = await agent.asked('report', ...files, '--observed', '--html', page, '--markdown');
    expect(out).toContain(`**Observed**, activation 1: **${'`'}${DIFFERS}${'`'}**`);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(page, 'utf8')).toContain(`<h2>Observed</h2>\n<p>Activation 1: ${DIFFERS}</p>`);
  });

  test.each([
    [['--observed', 'last'], '--observed: last is not an activation'],
    [['--observed', '7'], 'does not remember activation 7; it remembers 1'],
    [['--observed', '--html', 'x.html'], 'a page or a picture needs the change'],
    [[], "missing required argument 'file'"],
  ])('is refused with %j, and says why', async (words, why) => {
    const { out, error } = await agent.asked('report', ...words);
    expect([out, error]).toEqual(['', expect.stringContaining(why)]);
  });

  test('says where nothing was noted, or what was predicted cannot be read', async () => {
    agent.now = { ...ANSWERS, observed: [] };
    expect((await agent.asked('report', '--observed')).error).toContain('remembers no activation');
    agent.now = { ...ANSWERS, observed: [{ ...ANSWERS.observed[0], prediction: 'x' }] };
    expect((await agent.asked('report', '--observed')).out).toContain('not observed: ');
  });
});
