import { NO_OCTETS } from '../octets';
import type { CapabilityCodec } from './capability';

/** Enhanced Route Refresh (RFC 7313 section 3.1). It has no value. */
export interface EnhancedRouteRefresh {
  readonly code: 70;
}

export const enhancedRouteRefresh: CapabilityCodec<EnhancedRouteRefresh> = {
  code: 70,
  name: 'enhanced-route-refresh',
  decode: (value) => (value.length === 0 ? { code: 70 } : undefined),
  encode: () => NO_OCTETS,
};
