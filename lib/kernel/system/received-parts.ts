import { addressIn, arrivalIn, hopLimitIn, linkIn, type WordSize } from '../codec/received';
import * as ffi from './ffi';

/** Maximum number of senders cached; source addresses can be forged. */
const MOST_SENDERS = 4096;

/** Buffers for one datagram with its sender and its control messages (struct msghdr), reused for each. */
export class ReceivedParts {
  readonly octets: Uint8Array;
  private readonly name = new Uint8Array(28);
  private readonly nameText = Buffer.from(this.name.buffer);
  /** Addresses by the octets of their structs: the same neighbours send repeatedly. */
  private readonly senders = new Map<string, string>();
  private readonly control = new Uint8Array(128);
  private readonly vector: Uint8Array;
  private readonly header: Uint8Array;
  private readonly view: DataView;

  /** `longest`: octets read of a datagram. */
  constructor(longest: number) {
    const word = WORD;
    this.octets = new Uint8Array(longest);
    this.vector = new Uint8Array(2 * word);
    this.header = new Uint8Array(7 * word);
    this.view = new DataView(this.header.buffer);
    put(new DataView(this.vector.buffer), 0, ffi.pointerTo(this.octets));
    put(new DataView(this.vector.buffer), 1, BigInt(longest));
    put(this.view, 0, ffi.pointerTo(this.name));
    put(this.view, 2, ffi.pointerTo(this.vector));
    put(this.view, 3, 1n);
    put(this.view, 4, ffi.pointerTo(this.control));
  }

  /** Returns the length of the datagram, or a negative errno. */
  read(fd: number): number {
    // The kernel overwrites these with the lengths it filled; the upper halves stay zero.
    this.view.setUint32(1 * WORD, this.name.length, true);
    this.view.setUint32(5 * WORD, this.control.length, true);
    return ffi.receiveMessage(fd, this.header);
  }

  get from(): string | undefined {
    const octets = this.nameText.toString('latin1');
    const known = this.senders.get(octets);
    if (known !== undefined) return known;
    const address = addressIn(this.name)?.toString();
    if (this.senders.size >= MOST_SENDERS) this.senders.clear();
    if (address !== undefined) this.senders.set(octets, address);
    return address;
  }

  get hopLimit(): number | undefined {
    return hopLimitIn(this.messages, WORD);
  }

  /** The index of the interface. */
  get link(): number | undefined {
    return linkIn(this.messages, WORD);
  }

  get arrival(): number | undefined {
    return arrivalIn(this.messages, WORD);
  }

  private get messages(): Uint8Array {
    return this.control.subarray(0, this.view.getUint32(5 * WORD, true));
  }
}

/** struct msghdr is seven words on every machine; of an int followed by padding, the lower half counts. */
export const WORD: WordSize = ['arm', 'ia32'].includes(process.arch) ? 4 : 8;

function put(view: DataView, word: number, value: bigint): void {
  if (WORD === 8) view.setBigUint64(8 * word, value, true);
  else view.setUint32(4 * word, Number(value), true);
}
