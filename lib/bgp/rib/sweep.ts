import type { PeerState } from './peer';

/** Paths of a neighbour that are to go, but not all at once: a million would keep everything else waiting. */
export interface Sweep {
  readonly peer: PeerState;
  /** Of a path and the index of its family. */
  readonly isToGo: (path: number, family: number) => boolean;
  /** The next prefix to look at, and the one behind the last: what comes later is not meant. */
  next: number;
  readonly end: number;
  /** Paths of the neighbour that were not looked at yet; at 0 there is no need to go on. */
  left: number;
  /** The neighbour itself is forgotten afterwards. */
  readonly forgets: boolean;
}

/** A question put anew to the paths of the table, in turns. */
export interface Revision {
  /** Whom it is about: a later one about the same takes its place. */
  readonly about: string;
  /** The paths it is about; `several`: no path is judged anew, but prefixes that have more than one are told again. */
  readonly concerns: ((path: number) => boolean) | 'several';
  next: number;
  readonly end: number;
}
