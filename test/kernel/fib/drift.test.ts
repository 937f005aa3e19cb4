import { Ledger } from '../../../lib/kernel/fib/drift';

const STATIC = 4;
const name = (item: number) => `10.${item}.0.0/16`;
const besides = (ledger: Ledger) =>
  ledger.examplesBeside(() => true).map(({ prefix, metric }) => `${prefix} ${metric}`);

describe('foreign routes beside ours', () => {
  test('are known until the kernel tells that they went, or a comparison did not find them', () => {
    const ledger = new Ledger(name);
    for (const item of [1, 2, 3, 4]) ledger.beside(item, STATIC, 100, true);
    ledger.beside(2, STATIC, 100, false);
    expect(besides(ledger)).toEqual(['10.1.0.0/16 100', '10.3.0.0/16 100', '10.4.0.0/16 100']);
    ledger.begin(0);
    ledger.beside(1, STATIC, 100, true); // came by
    ledger.beside(5, STATIC, 50, true); // the kernel told of it meanwhile
    ledger.beside(4, STATIC, 100, true);
    ledger.beside(4, STATIC, 100, false);
    ledger.end(1, true);
    expect(besides(ledger)).toEqual(['10.1.0.0/16 100', '10.5.0.0/16 50']);
  });

  test('are all kept where the comparison broke off', () => {
    const ledger = new Ledger(name);
    for (const item of [1, 2]) ledger.beside(item, STATIC, 100, true);
    ledger.begin(0);
    ledger.beside(1, STATIC, 100, true);
    ledger.end(1, false);
    expect(besides(ledger).length).toBe(2);
  });

  test('are kept as far as there is room, also when a comparison finds more of them', () => {
    const ledger = new Ledger(name);
    for (let item = 0; item < 2000; item++) ledger.beside(item, STATIC, 100, true);
    ledger.begin(0);
    for (let item = 0; item < 2000; item++) ledger.beside(item, STATIC, 100, true);
    ledger.end(1, true);
    expect(besides(ledger).slice(0, 2)).toEqual(['10.0.0.0/16 100', '10.1.0.0/16 100']);
  });
});
