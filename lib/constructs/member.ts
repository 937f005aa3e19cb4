import { Construct } from 'constructs';
import { Fabric } from './fabric';
import type { MemberKind } from './member-kind';
import { placeInProgram } from './place';

/** A construct that stands for one entry of its fabric, by its name. Where in the fabric's tree it stands and what its id is means nothing. */
export abstract class Member extends Construct {
  /** What it is called in the fabric: its identity. */
  readonly name: string;
  /** The fabric that it is part of. */
  readonly fabric: Fabric;
  /** What stands in the fabric under its name. */
  readonly spec: object;
  /** @internal Where the program writes it. */
  readonly place = placeInProgram();

  /** `props` without the name is the entry itself, in the model's words. */
  protected constructor(
    scope: Construct,
    id: string,
    readonly kind: MemberKind,
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
