import { Fib, type FibOptions, type NexthopSet } from '../../../lib/kernel/fib/fib';
import type { FibParts } from '../../../lib/kernel/fib/parts';
import { KernelError } from '../../../lib/kernel/system/error';
import { ip } from '../routing-world';
import { FakeKernel } from './fake-kernel';
import { breaches } from './state/invariants';

export const via = (...all: string[]): NexthopSet => ({ via: all.map((one) => ({ address: ip(one) })) });

/** A node on a kernel without a kernel, with one link eth0 (5) and 10.0.0.1/24 on it, and what its FIBs log. */
export class FakeNode {
  readonly kernel = new FakeKernel();
  readonly log: string[] = [];
  private readonly opened: Fib[] = [];

  constructor() {
    this.kernel.link(5, 'eth0');
    this.kernel.address('10.0.0.1/24', 5);
  }

  open = async (options: FibOptions = {}): Promise<Fib> => {
    const fib = await Fib.open({ log: (level, text) => this.log.push(`${level}: ${text}`), ...options }, this.kernel);
    if (fib instanceof KernelError) throw new Error(String(fib));
    this.opened.push(fib);
    return fib;
  };

  async close(): Promise<void> {
    for (const fib of this.opened) {
      const { parts } = fib as unknown as { readonly parts: FibParts };
      if (parts.reconciler.idle) expect(breaches(parts.reconciler, parts.nexthopSets)).toEqual([]);
      await fib.close();
    }
  }
}

/** A node for each test of a file. */
export function setUp(): { readonly node: FakeNode } {
  let node: FakeNode;
  beforeEach(() => {
    node = new FakeNode();
  });
  afterEach(() => node.close());
  return {
    get node() {
      return node;
    },
  };
}
