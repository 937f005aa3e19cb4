import { type EtcdChange, type EtcdClient, MOST_CHANGES } from '../etcd/client';

/** Octets of the values in one transaction: etcd takes 1.5 MiB (`--max-request-bytes`). */
const MOST_OCTETS = 1_000_000;

/** A change that waits for the end of this turn. */
interface Waiting {
  readonly change: EtcdChange;
  readonly failed: (why: Error) => void;
  readonly made: () => void;
}

/**
 * Changes of one turn of the event loop go to etcd together, in as few transactions as it takes: those of thousands of
 * requests in some dozens.
 */
export class Outbox {
  private waiting: Waiting[] = [];

  constructor(private readonly client: EtcdClient) {}

  /** `failed` is called if it was not made, or not certainly; otherwise `made`. */
  add(change: EtcdChange, failed: (why: Error) => void = () => {}, made: () => void = () => {}): void {
    if (this.waiting.length === 0) setImmediate(() => this.flush());
    this.waiting.push({ change, failed, made });
  }

  private flush(): void {
    const all = this.waiting;
    this.waiting = [];
    for (const part of partsOf(all)) {
      const changes = part.map(({ change }) => change);
      this.client.transact([], changes).then(
        () => {
          for (const { made } of part) made();
        },
        (error: Error) => {
          for (const { failed } of part) failed(error);
        },
      );
    }
  }
}

/** In order, each of as many as a transaction may have. A transaction may change a key only once. */
function partsOf(all: readonly Waiting[]): Waiting[][] {
  const parts: Waiting[][] = [];
  let octets = Number.POSITIVE_INFINITY;
  let keys = new Set<string>();
  for (const one of all) {
    const [key, size] = 'put' in one.change ? [one.change.put, Buffer.byteLength(one.change.value)] : [keyOf(one), 0];
    if (octets + size > MOST_OCTETS || parts.at(-1)!.length === MOST_CHANGES || keys.has(key)) {
      parts.push([]);
      octets = 0;
      keys = new Set();
    }
    parts.at(-1)!.push(one);
    octets += size;
    keys.add(key);
  }
  return parts;
}

const keyOf = ({ change }: Waiting): string => ('delete' in change ? change.delete : '');
