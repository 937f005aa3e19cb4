import { dependable, type ITerraformDependable, TerraformResource, type TerraformResourceLifecycle } from 'cdktf';
import type { Construct } from 'constructs';
import { PeerformProvider } from './provider';

/** What a resource of the provider is made of. */
interface ResourceProps {
  /** `peerform_fabric`. */
  readonly type: string;
  /** Id of the construct; absent: the type. */
  readonly id?: string;
  /** Its name in Terraform; never derived from where the construct stands. */
  readonly logicalId: string;
  /** Asked for when the stack is written, once everything is there. */
  readonly attributes: () => Record<string, unknown>;
  readonly dependsOn?: ITerraformDependable[];
  readonly lifecycle?: TerraformResourceLifecycle;
}

/** A resource of the provider. */
export class FabricResource extends TerraformResource {
  private readonly attributes: () => Record<string, unknown>;

  constructor(scope: Construct, { type, id = type, logicalId, attributes, dependsOn, lifecycle }: ResourceProps) {
    super(scope, id, {
      terraformResourceType: type,
      terraformGeneratorMetadata: PeerformProvider.of(scope).terraformGeneratorMetadata,
      dependsOn,
      lifecycle,
    });
    this.attributes = attributes;
    this.overrideLogicalId(logicalId);
  }

  /** Terraform carries it out after these, and after nothing else that was said before. */
  comesAfter(others: readonly ITerraformDependable[]): void {
    this.dependsOn = others.map(dependable);
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return this.attributes();
  }

  protected override synthesizeHclAttributes(): never {
    throw new Error('Peerform can be synthesised only as cdk.tf.json: remove --hcl and SYNTH_HCL_OUTPUT.');
  }
}
