import type { Construct } from 'constructs';
import { Entry, type Named } from './entry';
import type { FilterFields } from './props';

/** The fields of a filter. */
export type FilterProps = Named & FilterFields;

/** Ordered import and export rules. Peers refer to it in `filters`. */
export class Filter extends Entry {
  constructor(scope: Construct, id: string, props: FilterProps) {
    super(scope, id, 'filters', props);
  }
}
