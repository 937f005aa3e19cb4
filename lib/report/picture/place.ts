import type { Band, Mark } from './marks';

/** An endpoint of sessions: a node or a neighbour. */
export interface Place {
  /** Its index in the picture. */
  readonly id: number;
  readonly band: Band;
  readonly name: string;
  /** What sessions call it: the name of the node, or addresses of the neighbour. */
  readonly called: readonly string[];
  /** Its address and AS number, abbreviated. */
  readonly detail: string;
  /** Of a node, its address alone, or why there is none. */
  readonly address?: string;
  readonly rack?: string;
  /** Whether it is added, removed or kept. */
  readonly mark: 'added' | 'removed' | 'kept';
  /** Whether every path is lost, or only some. */
  readonly loses?: 'all' | 'some';
  /** Most severe mark among its sessions. */
  readonly gravest: Mark;
  /** Step at which that first shows: the number of its wave, or of the commit. */
  readonly at: number;
}
