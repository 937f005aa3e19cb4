import type { IpAddress } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';

/** Receives that something changed, before it asks for the present state. */
export interface ForeignNews {
  /** Prefixes on links are others, but for single hosts. */
  onLinkChanged(): void;
  /** A single host on a link came or went. */
  hostChanged(address: IpAddress): void;
  gatewaysChanged(): void;
  /** Whether a route to a prefix of so many bits in our table, or one that covers a prefix, matters to anybody. */
  cares(length: number): boolean;
  /** One came or went. */
  tableChanged(prefix: Prefix): void;
}
