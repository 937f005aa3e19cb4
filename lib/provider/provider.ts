import { asDot } from './function/as-dot';
import { asNumber } from './function/as-number';
import type { Provider } from './server';

/** The provider `peerform/peerform`. */
export const PROVIDER: Provider = {
  resources: {},
  dataSources: {},
  functions: { as_number: asNumber, as_dot: asDot },
};
