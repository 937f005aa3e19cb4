import type { Band, Mark } from './marks';

/** Somebody who has sessions. */
export interface Place {
  /** Its number in the picture. */
  readonly id: number;
  readonly band: Band;
  readonly name: string;
  /** What sessions call it: the name of the node, or addresses of the neighbour. */
  readonly called: readonly string[];
  /** Its address and AS number, in few words. */
  readonly detail: string;
  readonly rack?: string;
  /** Whether it comes, goes or stays. */
  readonly mark: 'added' | 'removed' | 'kept';
  /** Every path is lost, or one. */
  readonly loses?: 'all' | 'some';
  /** The gravest that happens to one of its sessions. */
  readonly gravest: Mark;
  /** The step at which that begins to show: the number of its wave, or that of the commit. */
  readonly at: number;
}
