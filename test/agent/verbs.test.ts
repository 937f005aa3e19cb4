import { deployStepOf, describeRequest, describeReturn, stepOf } from '../../lib/agent/verbs';
import type { Request, StoredVerb } from '../../lib/control/protocol';
import { makeRelease, shortDigest } from '../../lib/control/release';
import { expire, INITIAL_STATE, Refusal, type TransactionState } from '../../lib/control/transaction';
import { readFabric } from '../../lib/model/read';

const RELEASE = makeRelease(readFabric({ name: 'main', nodes: { n1: { ipv4Address: '10.0.0.1' } } }).fabric!);
const COMMAND = { owner: 'alice', release: RELEASE.digest, activation: 1, fabric: 'main' };

/** What an agent on this node makes of a verb; `isHeld`: whether it has the release. */
function step<V extends StoredVerb>(
  verb: V,
  state: TransactionState,
  request: object = COMMAND,
  { node = 'n1', isHeld = true } = {},
): TransactionState | Refusal {
  return stepOf(verb, state, request as Request<V>, {
    node,
    release: isHeld ? RELEASE : undefined,
    at: '2026-01-01T00:00:00Z',
    terms: () => ({ deadline: { boot: 'b', at: 500 } }),
    upBy: () => ({}),
  });
}

const codeOf = (outcome: TransactionState | Refusal) => (outcome instanceof Refusal ? outcome.code : 'done');

describe('the verbs of an agent', () => {
  test('take a release from staged to final, each once', () => {
    let state = INITIAL_STATE;
    for (const verb of ['stage', 'activate', 'confirm', 'finalise'] as const) {
      const next = step(verb, state, { ...COMMAND, behind: [] });
      expect(codeOf(next)).toBe('done');
      state = next as TransactionState;
      expect(step(verb, state, { ...COMMAND, behind: [] })).toEqual(state);
    }
    expect(state).toMatchObject({ active: { release: RELEASE.digest }, confirmed: { release: RELEASE.digest } });
  });

  test('have what the agent knows: the deadline of an activation, and when a drain began', () => {
    const staged = step('stage', INITIAL_STATE) as TransactionState;
    expect(step('activate', staged)).toMatchObject({ deadline: { boot: 'b', at: 500 } });
    expect(step('drain', INITIAL_STATE, { by: 'bob' })).toMatchObject({
      drained: { by: 'bob', at: '2026-01-01T00:00:00Z' },
    });
  });

  test.each([
    ['was not delivered', COMMAND, { isHeld: false }, 'not-delivered'],
    ['has not this node', COMMAND, { node: 'n9' }, 'wrong-node'],
    ['is of another fabric', { ...COMMAND, fabric: 'other' }, {}, 'fabric'],
  ])('stage no release that %s', (_, request, here, code) => {
    expect(codeOf(step('stage', INITIAL_STATE, request, here))).toBe(code);
  });

  test('take the fabric of the release where an old provider names none', () => {
    const { fabric: _, ...unnamed } = COMMAND;
    expect(step('stage', INITIAL_STATE, unnamed)).toMatchObject({ staged: { fabric: 'main' } });
    expect(codeOf(step('remove', INITIAL_STATE, { owner: 'alice' }))).toBe('protocol');
  });

  test.each([
    ['stage', COMMAND, `stage activation 1, release ${shortDigest(RELEASE.digest)}`],
    ['activate', { ...COMMAND, confirmWithin: 60 }, ', to be confirmed within 60 s'],
    ['rollback', { ...COMMAND, reason: 'a session is down' }, ': a session is down'],
    ['drain', { by: 'bob' }, 'drain requested by bob'],
    ['remove', { owner: 'alice', fabric: 'main' }, 'remove requested by alice: leaving the fabric'],
  ] as const)('are told to people: %s', (verb, request, said) => {
    expect(describeRequest(verb, request as Request<typeof verb>)).toContain(said);
  });

  test('are steps of a deploy where they name its release', () => {
    expect(deployStepOf('confirm', COMMAND as Request<'confirm'>)).toEqual({ step: 'confirm', activation: 1 });
    expect(deployStepOf('drain', { node: 'n1', by: 'bob' })).toEqual({});
    expect(deployStepOf('remove', { node: 'n1', owner: 'alice', fabric: 'main' })).toEqual({});
  });
});

test('a rollback by the confirm timer is told to people, and is a step of the deploy', () => {
  const staged = step('stage', INITIAL_STATE) as TransactionState;
  const trial = step('activate', staged, { ...COMMAND, confirmWithin: 60 }) as TransactionState;
  expect(describeReturn(expire(trial, { boot: 'b', at: 500 }))).toEqual({
    message: 'rolling back to no release: no confirmation arrived in time',
    deploy: { step: 'rollback', activation: 1 },
  });
});
