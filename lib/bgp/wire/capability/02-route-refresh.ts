import { NO_OCTETS } from '../octets';
import type { CapabilityCodec } from './capability';

/** Route Refresh (RFC 2918 section 2). It has no value. */
export interface RouteRefreshCapability {
  readonly code: 2;
}

export const routeRefreshCapability: CapabilityCodec<RouteRefreshCapability> = {
  code: 2,
  name: 'route-refresh',
  decode: (value) => (value.length === 0 ? { code: 2 } : undefined),
  encode: () => NO_OCTETS,
};
