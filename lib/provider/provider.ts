import { asDot } from './function/as-dot';
import { asNumberFunction } from './function/as-number';
import { commit } from './resource/commit';
import { fabric } from './resource/fabric';
import { twoFormed } from './resource/forms';
import { wave } from './resource/wave';
import type { Provider } from './resource-api';

/** The provider `peerform/peerform`. */
export const PROVIDER: Provider = {
  resources: { peerform_fabric: twoFormed(fabric), peerform_wave: wave, peerform_commit: commit },
  dataSources: {},
  functions: { as_number: asNumberFunction, as_dot: asDot },
};
