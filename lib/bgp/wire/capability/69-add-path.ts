import { OctetWriter, read16 } from '../octets';
import type { CapabilityCodec } from './capability';

/** ADD-PATH (RFC 7911 section 4): the families in which the sender can receive several paths, send them, or both. */
export interface AddPath {
  readonly code: 69;
  readonly families: readonly {
    readonly afi: number;
    readonly safi: number;
    readonly receive: boolean;
    readonly send: boolean;
  }[];
}

export const addPath: CapabilityCodec<AddPath> = {
  code: 69,
  name: 'add-path',
  // An entry whose Send/Receive field is not 1, 2 or 3 must be ignored (RFC 7911 section 4): both are false then.
  decode: (value) =>
    value.length % 4 !== 0
      ? undefined
      : {
          code: 69,
          families: Array.from({ length: value.length / 4 }, (_, i) => ({
            afi: read16(value, 4 * i),
            safi: value[4 * i + 2],
            receive: value[4 * i + 3] === 1 || value[4 * i + 3] === 3,
            send: value[4 * i + 3] === 2 || value[4 * i + 3] === 3,
          })),
        },
  encode({ families }) {
    const out = new OctetWriter();
    for (const { afi, safi, receive, send } of families)
      out
        .write16(afi)
        .write8(safi)
        .write8((receive ? 1 : 0) | (send ? 2 : 0));
    return out.toBytes();
  },
};
