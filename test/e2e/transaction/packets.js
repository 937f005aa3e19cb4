// Numbered packets between workloads, all to all: node packets.js '{"rate": 1000, "workloads": {"w1": {"namespace":
// "…", "addresses": ["10.65.0.1"]}}}' `rate` is packets a second from each to each, shared by the address families that
// both have. What arrived is told by the kernel: each receiving socket has room for seconds of packets, and what it has
// no room for is counted by its drop counter as arrived, not as lost. Commands, a line each, answered by a line of
// JSON: `only NAME…`, from now on packets go between these workloads alone, at first between none; `report`, all about
// the packets since the report before; `end`.
const { createInterface } = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');
// The binding alone, as lib/kernel/system/ffi.ts has it.
const koffi = require(`@koromix/koffi-linux-${process.arch}`);

const AF = { 4: 2, 6: 10 };
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SO_SNDBUFFORCE = 32;
const SO_MEMINFO = 55;
const DROPS = 8;
const CLONE_NEWNET = 0x40000000;
const DATAGRAM = 2 | 0o4000 | 0o2000000; // SOCK_DGRAM, not blocking, close-on-exec
const PORT = 9000;
const PAYLOAD = 24;
const BATCH = 64;
const BUFFER = 16 << 20;
/**
 * Milliseconds between two rounds of sending, and of receiving; the most that is made up for after a pause of this
 * process.
 */
const TICK = 2;
const READ = 20;
const ARREARS = 50;
/** Milliseconds that a packet may be on its way. */
const FLIGHT = 400;

const libc = koffi.load(null);
const call = Object.fromEntries(
  [
    ['open', 'int open(const char *, int)'],
    ['close', 'int close(int)'],
    ['setns', 'int setns(int, int)'],
    ['socket', 'int socket(int, int, int)'],
    ['bind', 'int bind(int, void *, unsigned int)'],
    ['setsockopt', 'int setsockopt(int, int, int, void *, unsigned int)'],
    ['getsockopt', 'int getsockopt(int, int, int, void *, void *)'],
    ['sendmmsg', 'int sendmmsg(int, void *, unsigned int, int)'],
    ['recvmmsg', 'int recvmmsg(int, void *, unsigned int, int, void *)'],
  ].map(([name, definition]) => [name, libc.func(definition)]),
);
function sure(result, what) {
  if (result < 0) throw new Error(`${what}: errno ${koffi.errno()}`);
  return result;
}

/** struct sockaddr_in or sockaddr_in6. */
function sockaddr(address, port) {
  const is6 = address.includes(':');
  const bytes = Buffer.alloc(is6 ? 28 : 16);
  bytes.writeUInt16LE(AF[is6 ? 6 : 4], 0);
  bytes.writeUInt16BE(port, 2);
  if (!is6) Buffer.from(address.split('.').map(Number)).copy(bytes, 4);
  else {
    const [head, tail = ''] = address.split('::');
    const words = (text) => text.split(':').filter((word) => word !== '');
    const [before, after] = [words(head), words(tail)];
    const all = [...before, ...Array(8 - before.length - after.length).fill('0'), ...after];
    for (const [i, word] of all.entries()) bytes.writeUInt16BE(Number.parseInt(word, 16), 8 + 2 * i);
  }
  return bytes;
}

/** An array of struct mmsghdr with a payload each; `to` sets whom a message goes to. */
class Messages {
  constructor(count) {
    this.headers = Buffer.alloc(count * 64);
    this.vectors = Buffer.alloc(count * 16);
    this.payloads = Buffer.alloc(count * PAYLOAD);
    const [vectors, payloads] = [koffi.address(this.vectors), koffi.address(this.payloads)];
    for (let i = 0; i < count; i++) {
      this.vectors.writeBigUInt64LE(payloads + BigInt(i * PAYLOAD), i * 16);
      this.vectors.writeBigUInt64LE(BigInt(PAYLOAD), i * 16 + 8);
      this.headers.writeBigUInt64LE(vectors + BigInt(i * 16), i * 64 + 16);
      this.headers.writeBigUInt64LE(1n, i * 64 + 24);
    }
  }

  to(i, address, length) {
    this.headers.writeBigUInt64LE(address, i * 64);
    this.headers.writeUInt32LE(length, i * 64 + 8);
  }
}

/** A socket of a workload, which sends and receives. */
class Socket {
  flows = [];
  dropped = 0;
  messages = new Messages(BATCH);

  constructor({ namespace }, address) {
    const home = sure(call.open('/proc/thread-self/ns/net', 0o2000000), 'open');
    const there = sure(call.open(`/run/netns/${namespace}`, 0o2000000), namespace);
    sure(call.setns(there, CLONE_NEWNET), 'setns');
    this.fd = sure(call.socket(AF[address.includes(':') ? 6 : 4], DATAGRAM, 0), 'socket');
    sure(call.setns(home, CLONE_NEWNET), 'setns');
    call.close(home);
    call.close(there);
    const name = sockaddr(address, PORT);
    sure(call.bind(this.fd, name, name.length), `bind ${address}`);
    for (const option of [SO_RCVBUFFORCE, SO_SNDBUFFORCE])
      sure(call.setsockopt(this.fd, SOL_SOCKET, option, Int32Array.of(BUFFER), 4), 'setsockopt');
  }

  /** Sends what is due of each flow. */
  send(now) {
    let count = 0;
    for (const flow of this.flows)
      for (let due = flow.due(now); due > 0; due--) {
        flow.write(this.messages, count++, now);
        if (count === BATCH) {
          this.flush(count);
          count = 0;
        }
      }
    if (count > 0) this.flush(count);
  }

  flush(count) {
    let done = 0;
    while (done < count) {
      const sent = call.sendmmsg(
        this.fd,
        done === 0 ? this.messages.headers : this.messages.headers.subarray(done * 64),
        count - done,
        0,
      );
      if (sent <= 0) break; // what was not sent counts as lost: the network said so
      done += sent;
    }
  }

  receive(flows) {
    const into = Socket.incoming;
    for (;;) {
      const count = call.recvmmsg(this.fd, into.headers, BATCH, 0, null);
      for (let i = 0; i < count; i++) {
        const at = i * PAYLOAD;
        flows[into.payloads.readUInt32LE(at)]?.arrived(
          into.payloads.readUInt32LE(at + 4),
          into.payloads.readDoubleLE(at + 8),
        );
      }
      if (count < BATCH) break;
    }
    const info = new Uint32Array(16);
    call.getsockopt(this.fd, SOL_SOCKET, SO_MEMINFO, info, Uint32Array.of(64));
    this.dropped = info[DROPS];
  }

  static incoming = new Messages(BATCH);
}

/** Packets from one workload to another in one address family. */
class Flow {
  sent = 0;
  expected = 0;
  missing = new Map();
  paused = true;
  twice = 0;
  lastAt = 0;

  constructor(id, from, to, family, destination, rate) {
    Object.assign(this, { id, from, to, family, rate });
    this.name = sockaddr(destination, PORT);
    this.address = koffi.address(this.name);
    this.origin = undefined;
  }

  /**
   * How many packets are due. After a pause of this process no more than a few are made up for: a burst is no load that
   * a network is to bear.
   */
  due(now) {
    if (this.paused) return 0;
    this.origin ??= now - (this.sent * 1000) / this.rate;
    const due = Math.floor(((now - this.origin) * this.rate) / 1000) - this.sent;
    const most = Math.ceil((ARREARS * this.rate) / 1000);
    if (due > most) this.origin = now - ((this.sent + most) * 1000) / this.rate;
    return Math.min(due, most);
  }

  write(messages, i, now) {
    const at = i * PAYLOAD;
    messages.to(i, this.address, this.name.length);
    messages.payloads.writeUInt32LE(this.id, at);
    messages.payloads.writeUInt32LE(this.sent++, at + 4);
    messages.payloads.writeDoubleLE(performance.timeOrigin + now, at + 8);
  }

  arrived(number, at) {
    if (number < this.expected) {
      if (!this.missing.delete(number)) this.twice++;
      return;
    }
    for (let n = this.expected; n < number; n++) this.missing.set(n, this.lastAt);
    this.expected = number + 1;
    this.lastAt = at;
  }

  run(isOn) {
    if (isOn && this.paused) this.origin = undefined;
    this.paused = !isOn;
  }

  /**
   * Of the packets before `cut` those that never came, as runs, each with the time of the last one that did come before
   * it.
   */
  report(cut, since) {
    for (let n = this.expected; n < cut; n++) this.missing.set(n, this.lastAt);
    this.expected = Math.max(this.expected, cut);
    const runs = [];
    let lost = 0;
    for (const number of [...this.missing.keys()].filter((n) => n < cut).sort((a, b) => a - b)) {
      const last = runs.at(-1);
      if (last && last.first + last.count === number) last.count++;
      else runs.push({ first: number, count: 1, after: new Date(this.missing.get(number)).toISOString() });
      this.missing.delete(number);
      lost++;
    }
    const { from, to, family, twice } = this;
    this.twice = 0;
    return { from, to, family, sent: cut - since, lost, twice, runs };
  }
}

async function main() {
  const { rate, workloads } = JSON.parse(process.argv[2]);
  const names = Object.keys(workloads);
  const familyOf = (address) => (address.includes(':') ? 6 : 4);
  const sockets = new Map(
    names.flatMap((name) =>
      workloads[name].addresses.map((address) => [
        `${name} ${familyOf(address)}`,
        new Socket(workloads[name], address),
      ]),
    ),
  );
  const flows = [];
  for (const from of names)
    for (const to of names.filter((name) => name !== from)) {
      const shared = workloads[to].addresses.filter((address) => sockets.has(`${from} ${familyOf(address)}`));
      for (const address of shared) {
        const flow = new Flow(flows.length, from, to, familyOf(address), address, rate / shared.length);
        flows.push(flow);
        sockets.get(`${from} ${flow.family}`).flows.push(flow);
      }
    }
  const all = [...sockets.values()];
  const sending = setInterval(() => {
    const now = performance.now();
    for (const socket of all) socket.send(now);
  }, TICK);
  const reading = setInterval(() => {
    for (const socket of all) socket.receive(flows);
  }, READ);
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  let cuts = flows.map(() => 0);
  let droppedBefore = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const [verb, ...what] = line.split(' ');
    if (verb === 'end') break;
    if (verb === 'only') for (const flow of flows) flow.run(what.includes(flow.from) && what.includes(flow.to));
    if (verb === 'report') {
      const since = cuts;
      cuts = flows.map(({ sent }) => sent);
      await sleep(FLIGHT);
      for (const socket of all) socket.receive(flows);
      const late = all.reduce((sum, { dropped }) => sum + dropped, 0) - droppedBefore;
      droppedBefore += late;
      say({ late, flows: flows.map((flow, i) => flow.report(cuts[i], since[i])) });
      continue;
    }
    say({});
  }
  clearInterval(sending);
  clearInterval(reading);
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
