import type { IpAddress } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';

/** Is notified that something changed, then queries the current state. */
export interface ForeignNews {
  /** On-link prefixes changed, other than host routes. */
  onLinkChanged(): void;
  /** An on-link host route appeared or disappeared. */
  hostChanged(address: IpAddress): void;
  gatewaysChanged(): void;
  /** Whether a route of this length in our table, or one that covers a prefix, matters. */
  cares(length: number): boolean;
  /** Such a route appeared or disappeared. */
  tableChanged(prefix: Prefix): void;
}
