import { Construct } from 'constructs';
import { Fabric } from './fabric';
import { placeInProgram } from './place';
import type { EntryKind } from './written';

/** Common to all entries of a fabric. */
export type Named = {
  /** Name in the fabric, which is its identity. The construct ID has no meaning. */
  readonly name: string;
};

/**
 * Base of the constructs for entries of a fabric, identified by name. The position in the tree and the construct ID
 * have no meaning.
 */
export abstract class Entry extends Construct {
  /** Name in the fabric, which is its identity. */
  readonly name: string;
  /** The fabric that contains it. */
  readonly fabric: Fabric;
  /** The entry in the fabric, without its name. */
  readonly spec: object;
  /** @internal Source location in the program. */
  readonly place = placeInProgram();

  /** `props` without the name is the entry, as in the model. */
  protected constructor(
    scope: Construct,
    id: string,
    readonly kind: EntryKind,
    props: { readonly name: string },
  ) {
    super(scope, id);
    const { name, ...spec } = props;
    this.name = name;
    this.spec = spec;
    this.fabric = Fabric.of(scope);
    this.fabric.register(this);
    this.node.addValidation({ validate: () => this.fabric.problemsOf(this) });
  }
}
