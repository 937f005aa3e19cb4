import { Agenda, type Job } from '../../../lib/kernel/fib/agenda';

function make(isWritten = () => true) {
  const done: Job[] = [];
  const jobs = Object.fromEntries(
    (
      [
        'ownNetwork',
        'release',
        'periodic',
        'nextHops',
        'lostNextHops',
        'resolve',
        'rules',
        'resync',
        'inspect',
      ] as const
    ).map((job) => [job, () => done.push(job)]),
  ) as unknown as Record<Job, () => void>;
  return { agenda: new Agenda(jobs, isWritten), done };
}

const sleep = (milliseconds: number) => new Promise((turn) => setTimeout(turn, milliseconds));

describe('an agenda', () => {
  test('does a job once for a swarm of reasons', async () => {
    const { agenda, done } = make();
    for (let i = 0; i < 10; i++) agenda.later('resolve', 1);
    await sleep(20);
    expect(done).toEqual(['resolve']);
  });

  test('is settled when the jobs that count are done, the work under way is over and all is written', async () => {
    let isWritten = false;
    const { agenda } = make(() => isWritten);
    agenda.later('resync', 1);
    let end = () => {};
    const work = agenda.run(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    let isSettled = false;
    const settled = agenda.settled().then(() => {
      isSettled = true;
    });
    await sleep(20);
    isWritten = true;
    agenda.quiet();
    await sleep(1);
    expect([isSettled, agenda.isAsking]).toEqual([false, true]);
    end();
    await Promise.all([work, settled]);
    expect([agenda.busy, agenda.isAsking]).toEqual([false, false]);
  });

  test('does not wait for what is told in its own time', async () => {
    const { agenda, done } = make();
    for (const job of ['periodic', 'release', 'lostNextHops'] as const) agenda.later(job, 60_000);
    await agenda.settled();
    expect(done).toEqual([]);
    agenda.close();
  });

  test('puts off what looks at everything where it takes too much of the time, but not for who waits', async () => {
    const { agenda, done } = make();
    for (let i = 0; i < 10; i++) agenda.took('resync', 1000);
    agenda.later('resync', 1);
    await sleep(30);
    expect(done).toEqual([]);
    await agenda.settled();
    expect(done).toEqual(['resync']);
  });

  test('has work that fails counted as over', async () => {
    const { agenda } = make();
    await expect(agenda.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(agenda.busy).toBe(false);
  });

  test('does nothing more when it is closed', async () => {
    const { agenda, done } = make();
    agenda.later('resolve', 1);
    agenda.close();
    agenda.later('resync', 0);
    await sleep(10);
    expect([done, agenda.busy, agenda.isClosed]).toEqual([[], false, true]);
  });
});
