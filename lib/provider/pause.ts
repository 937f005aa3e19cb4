/** The waits of the provider's own; tests that run on a virtual clock replace this module, and no other's waits. */
export { pause } from '../control/pause';
