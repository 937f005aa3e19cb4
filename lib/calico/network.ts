import { ADDRESS_BITS, IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import { Problem } from '../model/problem';

/** An address with a prefix length; host bits are kept. */
interface Network {
  readonly address: IpAddress;
  readonly length: number;
}

/** Parses `10.0.0.1/24`; the length defaults to all bits. Undefined if invalid. */
export function networkOf(text: unknown): Network | undefined {
  if (typeof text !== 'string') return undefined;
  const [host, length] = text.split('/', 2);
  const address = IpAddress.parse(host);
  if (address instanceof Problem) return undefined;
  if (length === undefined) return { address, length: ADDRESS_BITS[address.family] };
  const prefix = Prefix.parse(text);
  return prefix instanceof Problem ? undefined : { address, length: prefix.length };
}

/** Whether all host bits are zero. */
export const isMasked = ({ address, length }: Network): boolean => Prefix.of(address, length).address.equals(address);

/** A neighbour as written in `peerIP`. */
interface Endpoint {
  readonly address: IpAddress;
  readonly port?: number;
}

/** Parses `192.0.2.1`, `192.0.2.1:179`, `2001:db8::1` or `[2001:db8::1]:179`; undefined if invalid. */
export function endpointOf(text: unknown): Endpoint | undefined {
  if (typeof text !== 'string') return undefined;
  const [, bracketed, bare, digits] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d+)$/.exec(text) ?? [];
  const address = IpAddress.parse(bracketed ?? bare ?? text);
  if (address instanceof Problem) return undefined;
  if (digits === undefined) return { address };
  const port = Number(digits);
  return port >= 1 && port <= 65535 ? { address, port } : undefined;
}
