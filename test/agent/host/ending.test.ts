import { ending } from '../../../lib/agent/host/ending';

const EVENTS = ['SIGTERM', 'SIGINT', 'SIGUSR2', 'uncaughtException', 'unhandledRejection', 'warning'] as const;
const warnings: string[] = [];
let before: Map<string, Set<unknown>>;
beforeEach(() => {
  warnings.length = 0;
  before = new Map(EVENTS.map((event) => [event, new Set(process.listeners(event as 'SIGTERM'))]));
});
afterEach(() => {
  for (const event of EVENTS)
    for (const listener of process.listeners(event as 'SIGTERM'))
      if (!before.get(event)!.has(listener)) process.off(event, listener);
});

/** The signal by which a process ends that finds these at once. Node.js runs microtasks between two signals. */
async function endedBy(...signals: NodeJS.Signals[]): Promise<string> {
  const ended = ending((text) => warnings.push(text));
  for (const signal of signals) {
    process.emit(signal);
    await Promise.resolve();
  }
  return ended;
}

test.each([
  ['SIGTERM', ['SIGTERM']],
  ['SIGINT', ['SIGINT']],
  ['SIGUSR2', ['SIGUSR2']],
  ['SIGUSR2', ['SIGUSR2', 'SIGTERM']],
  ['SIGUSR2', ['SIGTERM', 'SIGUSR2']],
] as const)('%s ends a process that finds %j at once', async (expected, signals) => {
  expect(await endedBy(...signals)).toBe(expected);
});

test('an unexpected error ends it, a warning is logged', async () => {
  const ended = ending((text) => warnings.push(text));
  process.emit('warning', new Error('deprecated'));
  expect(warnings).toEqual(['deprecated']);
  process.emit('uncaughtException', new Error('broken'));
  await expect(ended).rejects.toThrow('broken');
});
