import { explainEnd } from '../../lib/control/ssh';
import { warning } from '../../lib/provider/diagnostic';
import { Fleet } from '../../lib/provider/fleet';
import { wireDiagnostic } from '../../lib/provider/protocol/wire-diagnostic';
import { absentAtRefresh, listing } from '../../lib/provider/survey';
import { type AgentDouble, FleetDouble } from './agent-double';

const POISON = '\u001b[2J\u009b2J\u202e\u2028\u200b\u007f\r\nFORGED\ud800';
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** As Terraform prints it: lines of ours, and no character that is not seen. */
function expectHarmless({ summary = '', detail = '' }: { summary?: string; detail?: string }): void {
  expect(summary).not.toMatch(UNSEEN);
  expect(detail.replaceAll('\n', '')).not.toMatch(UNSEEN);
  expect(detail).not.toMatch(/^\s*FORGED/m);
}

describe('what Terraform is told', () => {
  test('has the words of agents, each in the line of its node', () => {
    const text = listing([['n1', `no${POISON}`]]);
    expect(text).toMatch(/^ {2}node n1: no\\u001b\[2J\\u009b2J/);
    expectHarmless({ detail: text });
  });

  test('names the nodes with the same reason together', () =>
    expect(
      listing([
        ['n3', 'away'],
        ['n2', 'slow'],
        ['n1', 'away'],
      ]),
    ).toBe('  nodes n1, n3: away\n  node n2: slow'));

  test('is one line of summary and printable lines of detail, whoever wrote them', () => {
    expectHarmless(wireDiagnostic(warning(`said ${POISON}`, `one\ntwo ${POISON.replace('\n', '')}`)));
    expect(wireDiagnostic(warning('a', 'one\ntwo')).detail).toBe('one\ntwo');
  });

  test('of an agent that refuses is its reason in one line', async () => {
    const fleet = new FleetDouble();
    await fleet.start('n1');
    try {
      const agent = fleet.get('n1') as AgentDouble;
      agent.failing.set('confirm', `busy${POISON}`);
      const { refused: told } = await new Fleet({ n1: agent.endpoint }).send('confirm', ['n1'], () => ({
        ...{ node: 'n1', owner: 'me', release: 'x', activation: 1 },
      }));
      expect(told.get('n1')).toMatch(/^busy\\u001b/);
      expectHarmless({ summary: told.get('n1')! });
      const { detail } = wireDiagnostic(absentAtRefresh({ statuses: new Map(), absent: told })[0]);
      expectHarmless({ detail: detail! });
    } finally {
      await fleet.stop();
    }
  });

  test('of ssh that failed is its last word', () => {
    const said = explainEnd({ code: 255, said: `ssh: no way\u001b[2J\u009b\u202e\n` });
    expect(said).toBe('ssh failed (no way\\u001b[2J\\u009b\\u202e)');
  });
});
