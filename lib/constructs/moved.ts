import { TerraformElement, type TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';

/** What bears a fabric's name in Terraform. */
interface Renamed {
  /** The names in Terraform that the fabric had, in their order, and the one that it has. */
  readonly logicalIds: readonly string[];
  /** Asked when the stack is written. */
  resources(): readonly TerraformResource[];
}

/**
 * `moved` blocks for all resources of a fabric that had other names: their states stay, and no agent is touched. A
 * resource goes from name to name, as Terraform takes one former address of each.
 */
export class Moved extends TerraformElement {
  constructor(
    scope: Construct,
    private readonly renamed: Renamed,
  ) {
    super(scope, 'moved');
  }

  override toTerraform(): object {
    const { logicalIds } = this.renamed;
    const current = logicalIds[logicalIds.length - 1];
    const steps = logicalIds.slice(1).map((to, i) => [logicalIds[i], to] as const);
    return {
      moved: this.renamed.resources().flatMap(({ terraformResourceType: type, friendlyUniqueId }) => {
        const rest = friendlyUniqueId.slice(current.length);
        return steps.map(([from, to]) => ({ from: `${type}.${from}${rest}`, to: `${type}.${to}${rest}` }));
      }),
    };
  }
}
