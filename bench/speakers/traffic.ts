/*
 * The process that plays all neighbours of the daemon under test: injector and sinks. It reads orders from standard
 * input and writes reports to standard output. Everything it sends is encoded beforehand.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { clock, type Order, type Report } from './orders';
import { Peer } from './peer';

const peers: Peer[] = [];
let waiting: Peer[] = [];
let ups = 0;
let counting: readonly Peer[] = [];
let wanted: { announced: number; withdrawn: number } = { announced: 0, withdrawn: 0 };

const say = (report: Report) => process.stdout.write(`${JSON.stringify(report)}\n`);

const CARRY_OUT: { readonly [O in Order['order']]: (order: Extract<Order, { order: O }>) => void } = {
  neighbours({ neighbours }) {
    for (const neighbour of neighbours)
      peers.push(
        new Peer(neighbour, { up, read, failed: (reason) => say({ report: 'failed', id: neighbour.id, reason }) }),
      );
    say({ report: 'ready' });
  },
  connect({ window = peers.length }) {
    ups = 0;
    waiting = [...peers];
    say({ report: 'connecting', at: clock() });
    for (const peer of waiting.splice(0, window)) peer.start();
  },
  expect({ announced = 0, withdrawn = 0, only, except }) {
    wanted = { announced, withdrawn };
    for (const { sink } of peers) sink.begin();
    counting = peers.filter(({ neighbour: { id } }) => id !== except && (only === undefined || id === only));
    say({ report: 'ready' });
  },
  send({ id, file }) {
    const bytes = readFileSync(file);
    say({ report: 'sending', at: clock() });
    find(id).send(bytes, () => say({ report: 'sent', at: clock() }));
  },
  close({ id }) {
    say({ report: 'closed', at: clock() });
    find(id).close();
  },
  reopen({ id }) {
    say({ report: 'reopening', at: clock() });
    find(id).reopen();
  },
};

const find = (id: number): Peer => peers.find(({ neighbour }) => neighbour.id === id)!;

function up(): void {
  waiting.shift()?.start();
  if (++ups === peers.length) say({ report: 'up', at: clock() });
}

function read(): void {
  if (counting.length === 0) return;
  for (const { sink } of counting) if (sink.announced < wanted.announced || sink.withdrawn < wanted.withdrawn) return;
  const { checksum } = counting[0].sink;
  const isSame = counting.every(({ sink }) => sink.checksum === checksum);
  counting = [];
  say({ report: 'told', at: clock(), ...(isSame && { checksum }) });
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line) as Order;
  (CARRY_OUT[order.order] as (order: Order) => void)(order);
});
process.stdin.on('end', () => process.exit(0));
