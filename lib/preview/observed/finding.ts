/** Something that was otherwise than predicted. */
export interface Difference {
  readonly kind: 'deploy' | 'session' | 'prefix';
  /** What: a session by its ends, a prefix and the node that misses it. */
  readonly subject: string;
  readonly predicted: string;
  readonly observed: string;
}

/** Which nodes did not see all. */
export interface Unseen {
  isUnseen(node: string): boolean;
}
