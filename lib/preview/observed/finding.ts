/** A difference from the prediction. */
export interface Difference {
  readonly kind: 'deploy' | 'session' | 'prefix';
  /** What differs: a session by its ends, or a prefix and the node that lost it. */
  readonly subject: string;
  readonly predicted: string;
  readonly observed: string;
}
