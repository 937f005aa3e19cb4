import { dependable, type ITerraformDependable, TerraformResource, type TerraformResourceLifecycle } from 'cdktf';
import type { Construct } from 'constructs';
import { PeerformProvider } from './provider';

/** What a resource of the provider is made of. */
interface ResourceProps {
  /** Such as `peerform_fabric`. */
  readonly type: string;
  /** Construct ID. Default: the type. */
  readonly id?: string;
  /** Resource name in Terraform; never derived from the construct path. */
  readonly logicalId: string;
  /** Called when the stack is synthesised and the tree is complete. */
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

  /** Sets `depends_on`, replacing what was set before. */
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
