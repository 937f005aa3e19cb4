// A process that keeps kernel routes and is killed at any moment: node fib-churn.js DIST SEED churn|settle
// The first LIVE prefixes are wanted always, on targets that follow from their number; the rest comes, goes and moves.
const [, , dist, seed, mode] = process.argv;
const { Fib } = require(`${dist}/kernel/fib/fib`);
const { IpAddress } = require(`${dist}/model/address`);

const LIVE = 300;
const ALL = 900;
const via = (...addresses) => ({ via: addresses.map((address) => ({ address: IpAddress.parse(address) })) });
const TARGETS = [via('10.0.0.2'), via('10.0.1.2'), via('10.0.0.2', '10.0.1.2'), 'blackhole', via('2001:db8::2')];
const TARGETS6 = [via('2001:db8::2'), via('2001:db8:0:1::2'), via('2001:db8::2', '2001:db8:0:1::2'), 'unreachable'];

let state = Number(seed) >>> 0;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 0x100000000) * below);
};

/** Every third prefix is an IPv6 one. */
function want(fib, i, target) {
  if (i % 3 !== 0) fib.setOctets(Uint8Array.of(20, i >> 8, i & 0xff, 0), 24, target);
  else fib.setOctets(Uint8Array.of(0x20, 1, 0xd, 0xb8, 1, i >> 8, i & 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0), 56, target);
}
const targetOf = (i, which) => (i % 3 === 0 ? TARGETS6[which % TARGETS6.length] : TARGETS[which % TARGETS.length]);

async function main() {
  const fib = await Fib.open({ log: (level, line) => process.stderr.write(`${level} ${line}\n`) });
  if (fib.errno !== undefined) throw new Error(String(fib));
  for (let i = 0; i < LIVE; i++) want(fib, i, targetOf(i, i));
  if (mode === 'churn') {
    if (random(2) === 0) fib.reconciled();
    process.stdout.write('ready\n');
    for (;;) {
      const swarm = random(4) === 0;
      for (let n = random(swarm ? 400 : 20); n >= 0; n--) {
        const i = LIVE + random(ALL - LIVE);
        want(fib, i, random(3) === 0 ? undefined : targetOf(i, random(5)));
      }
      await new Promise((turn) => setTimeout(turn, random(4)));
    }
  }
  fib.reconciled();
  await fib.settled();
  const status = fib.status();
  await fib.close();
  process.stdout.write(`${JSON.stringify(status)}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
