import { TerraformElement, type TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';

/** A construct whose Terraform names contain the fabric's name. */
interface Renamed {
  /** Terraform names of the fabric, oldest first, ending with the current one. */
  readonly logicalIds: readonly string[];
  /** Called when the stack is synthesised. */
  resources(): readonly TerraformResource[];
}

/**
 * `moved` blocks for all resources of a renamed fabric: their state is kept, and no agent is contacted. Names are
 * chained, as Terraform allows only one previous address per resource.
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
