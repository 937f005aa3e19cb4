import { Construct } from 'constructs';
import { Fabric } from './fabric';
import { placeInProgram } from './place';
import type { EntryKind } from './written';

/** What every entry of a fabric has. */
export type Named = {
  /** Name in the fabric, which is its identity. The id of the construct has no meaning. */
  readonly name: string;
};

/**
 * A construct for one entry of its fabric, identified by its name. Its place in the fabric's tree and its id have no
 * meaning.
 */
export abstract class Entry extends Construct {
  /** Name in the fabric, which is its identity. */
  readonly name: string;
  /** The fabric that it is part of. */
  readonly fabric: Fabric;
  /** The entry of the fabric under its name. */
  readonly spec: object;
  /** @internal Where the program writes it. */
  readonly place = placeInProgram();

  /** `props` without the name is the entry itself, in the model's words. */
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
