// Steps the clock on the wall of a process by the seconds that a file says, whenever it says others. No namespace has
// that clock for itself. CLOCK_FILE=FILE node --require stepped-clock.js …
const { readFileSync } = require('node:fs');

const Real = Date;
const now = () => Real.now() + Number(readFileSync(process.env.CLOCK_FILE, 'utf8')) * 1000;

globalThis.Date = class SteppedDate extends Real {
  constructor(...args) {
    super(...(args.length === 0 ? [now()] : args));
  }
  static now() {
    return now();
  }
};
