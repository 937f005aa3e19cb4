import { OctetWriter, read16 } from '../octets';
import type { CapabilityCodec } from './capability';

/** Graceful Restart (RFC 4724 section 3, RFC 8538 section 2). */
export interface GracefulRestart {
  readonly code: 64;
  /** Restart State: the sender has restarted. */
  readonly restarted: boolean;
  /** The sender also retains routes over a NOTIFICATION (RFC 8538). */
  readonly notification: boolean;
  /** Estimated seconds until the session is re-established, 0 to 4095. */
  readonly restartTime: number;
  /** Families whose routes are retained; `forwarding`: their forwarding state was preserved over the restart. */
  readonly families: readonly { readonly afi: number; readonly safi: number; readonly forwarding: boolean }[];
}

export const gracefulRestart: CapabilityCodec<GracefulRestart> = {
  code: 64,
  name: 'graceful-restart',
  decode: (value) =>
    value.length < 2 || (value.length - 2) % 4 !== 0
      ? undefined
      : {
          code: 64,
          restarted: (value[0] & 0x80) !== 0,
          notification: (value[0] & 0x40) !== 0,
          restartTime: read16(value, 0) & 0xfff,
          families: Array.from({ length: (value.length - 2) / 4 }, (_, i) => ({
            afi: read16(value, 2 + 4 * i),
            safi: value[4 + 4 * i],
            forwarding: (value[5 + 4 * i] & 0x80) !== 0,
          })),
        },
  encode({ restarted, notification, restartTime, families }) {
    const flags = (restarted ? 0x8000 : 0) | (notification ? 0x4000 : 0);
    const out = new OctetWriter().write16(flags | (restartTime & 0xfff));
    for (const { afi, safi, forwarding } of families)
      out
        .write16(afi)
        .write8(safi)
        .write8(forwarding ? 0x80 : 0);
    return out.toBytes();
  },
};
