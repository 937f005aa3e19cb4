import { type ObservedNetwork, Observer, type StoredObservations } from '../../../lib/agent/observed/observer';
import { PrefixLosses } from '../../../lib/agent/observed/prefix-losses';
import type { SessionReading } from '../../../lib/agent/observed/session-record';
import {
  activate,
  type Command,
  confirm,
  emptied,
  finalise,
  INITIAL_STATE,
  type Refusal,
  rollBack,
  stage,
  type TransactionState,
} from '../../../lib/control/transaction';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';

const command = (activation: number): Command => ({
  ...{ owner: 'us', fabric: 'lab', release: `sha256:${activation}`, activation },
});

class Network implements ObservedNetwork {
  sessions: SessionReading[] = [];
  own: string[] = ['192.0.2.1/32'];
  readonly prefixLosses = new PrefixLosses(() => this.at());
  constructor(private readonly at: () => number) {}
  readings = () => this.sessions;
  reading = (key: string) => this.sessions.find((one) => one.key === key);
  blame = () => 'the hold timer expired';
  origins = () => this.own;
}

/** An agent as far as it notes anything. */
class Node {
  at = 1_000;
  boot = 'one';
  disk: StoredObservations = { past: [] };
  state: TransactionState = INITIAL_STATE;
  network = new Network(() => this.at);
  observer = this.begin();

  private begin(): Observer {
    return new Observer(
      'n1',
      this.network,
      {
        loadObservations: () => JSON.parse(JSON.stringify(this.disk)),
        saveObservations: (stored) => {
          this.disk = stored;
        },
      },
      () => ({ boot: this.boot, at: this.at }),
    );
  }

  restart(): void {
    this.observer.stop();
    this.network = new Network(() => this.at);
    this.observer = this.begin();
    this.observer.resume();
  }

  take(
    verb: (state: TransactionState, of: Command) => TransactionState | Refusal,
    activation: number,
    at: number,
  ): void {
    this.at = at;
    const next = verb(this.state, command(activation)) as TransactionState;
    this.observer.follow(this.state, next);
    this.state = next;
  }

  deploy(activation: number, at: number): void {
    this.take(stage, activation, at);
    this.take(activated, activation, at + 100);
    this.take(confirm, activation, at + 200);
    this.take(finalise, activation, at + 300);
    this.take(emptied, activation, at + 400);
  }
}

const activated = (state: TransactionState, of: Command) =>
  activate(state, of, { deadline: { boot: 'one', at: 1_000_000 } });

const up: SessionReading = {
  ...{ key: 'a b 179', isUp: true },
  changed: { reset: 0, retuned: 0, resetFor: '', retunedFor: '' },
};

describe('an agent', () => {
  const nodes: Node[] = [];
  const node = () => {
    const made = new Node();
    nodes.push(made);
    return made;
  };
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => {
    for (const { observer } of nodes.splice(0)) observer.stop();
    jest.useRealTimers();
  });

  test('notes the steps of each activation, from staging on, by its own clock', () => {
    const one = node();
    one.deploy(1, 1_000);
    one.deploy(2, 5_000);
    const [first, second] = one.observer.list();
    expect(first).toMatchObject({ activation: 1, kind: 'deploy', isOver: true, steps: { activated: 100 } });
    expect(second).toMatchObject({
      ...{ node: 'n1', release: 'sha256:2', activation: 2, isOver: false, origins: ['192.0.2.1/32'] },
      steps: { activated: 100, confirmed: 200, finalised: 300, closed: 400 },
    });
  });

  test('notes what happens before its own wave, as others may be ahead', () => {
    const one = node();
    one.deploy(1, 1_000);
    one.network.sessions = [up];
    one.take(stage, 2, 2_000);
    one.at = 2_050;
    one.network.sessions = [{ ...up, isUp: false }];
    one.observer.moved(up.key);
    expect(one.observer.list({ activation: 2, prediction: true })[0].sessions).toMatchObject([
      { key: up.key, downs: 1, news: [{ at: 50, isUp: false, why: 'the hold timer expired' }] },
    ]);
  });

  test('watches for a minute after the last step, and no longer', () => {
    const one = node();
    one.deploy(1, 1_000);
    jest.advanceTimersByTime(59_000);
    expect(one.observer.list({ activation: 1, prediction: true })[0].isOver).toBe(false);
    jest.advanceTimersByTime(2_000);
    expect(one.observer.list({ activation: 1, prediction: true })[0]).toMatchObject({ isOver: true, lasted: 60_200 });
    one.observer.moved(up.key);
    expect(one.observer.list({ activation: 1, prediction: true })[0].sessions).toEqual([]);
  });

  test('has a record of its own for what a rollback does', () => {
    const one = node();
    one.deploy(1, 1_000);
    one.take(stage, 2, 2_000);
    one.take(activated, 2, 2_100);
    one.take((state, of) => rollBack(state, of, 'the gate failed'), 2, 2_500);
    expect(one.observer.list({ activation: 2, prediction: true })).toMatchObject([
      { kind: 'deploy', isOver: true, steps: { activated: 100, returned: 500 } },
      { kind: 'rollback', isOver: false, steps: { returned: 0 } },
    ]);
  });

  test('keeps what was predicted with the record of that activation, and of no other', () => {
    const one = node();
    one.observer.expect({ release: 'sha256:2', activation: 2, text: 'packed' });
    one.deploy(1, 1_000);
    one.deploy(2, 2_000);
    expect(one.observer.list({ activation: 1, prediction: true })[0].prediction).toBeUndefined();
    expect(one.observer.list({ activation: 2, prediction: true })[0].prediction).toBe('packed');
    expect(one.observer.list()[1].prediction).toBeUndefined(); // all of them at once would be long
  });

  test('goes on after a restart, and says that it was away', () => {
    const one = node();
    one.observer.expect({ release: 'sha256:1', activation: 1, text: 'packed' });
    one.take(stage, 1, 1_000);
    one.observer.gave(sure(Prefix.parse('192.0.2.1/32')));
    one.restart();
    one.take(activated, 1, 4_000);
    expect(one.observer.list({ activation: 1, prediction: true })).toMatchObject([
      {
        ...{ steps: { activated: 3_000 }, gaps: ['the agent was restarted'], prediction: 'packed' },
        withdrawn: [{ prefix: '192.0.2.1/32', at: 0 }],
      },
    ]);
  });

  test('ends the record where the machine was restarted, as nobody knows how long that took', () => {
    const one = node();
    one.take(stage, 1, 1_000);
    one.restart();
    one.boot = 'two';
    one.restart();
    expect(one.observer.list({ activation: 1, prediction: true })).toMatchObject([
      { isOver: true, gaps: ['the agent was restarted', 'the machine was restarted'] },
    ]);
  });

  test('remembers the last activations, as many as there is room for', () => {
    const one = node();
    for (let i = 1; i <= 20; i++) one.deploy(i, i * 1_000);
    expect(one.observer.list().map(({ activation }) => activation)).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20]);
    const long = node();
    for (let i = 1; i <= 6; i++) {
      long.observer.expect({ release: `sha256:${i}`, activation: i, text: 'x'.repeat(250_000) });
      long.deploy(i, i * 1_000);
    }
    jest.advanceTimersByTime(3_000);
    expect(long.observer.list().map(({ activation }) => activation)).toEqual([3, 4, 5, 6]);
  });
});
