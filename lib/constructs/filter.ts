import type { Construct } from 'constructs';
import type { FilterSpec } from '../model/filter';
import type { Computable } from './computable';
import { Member } from './member';

/** A filter in the model's words. */
export type FilterProps = Readonly<Computable<FilterSpec & { name: string }>>;

/** Ordered import and export rules that peers name in their `filters`. */
export class Filter extends Member {
  constructor(scope: Construct, id: string, props: FilterProps) {
    super(scope, id, 'filters', props);
  }
}
