import {
  hashMapper,
  hashMapperHcl,
  type LocalExecProvisioner,
  stringToHclTerraform,
  stringToTerraform,
  TerraformProvider,
  TerraformResource,
} from 'cdktf';
import type { Construct } from 'constructs';

// Bindings for hashicorp/null, equivalent to `@cdktf/provider-null` 11. That package would be another peer dependency
// of every project, and it is not available for cdktn.
const GENERATOR = { providerName: 'null', providerVersion: '3.2.4', providerVersionConstraint: '~> 3.0' };

/** The provider in a stack that does not define it. */
export class NullProvider extends TerraformProvider {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      terraformResourceType: 'null',
      terraformProviderSource: 'null',
      terraformGeneratorMetadata: GENERATOR,
    });
  }
}

/** A `null_resource`: replaced whenever its triggers change, so that its provisioners run again. */
export class NullResource extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    {
      triggers,
      provisioners,
    }: { readonly triggers: Record<string, string>; readonly provisioners: LocalExecProvisioner[] },
  ) {
    super(scope, id, {
      terraformResourceType: 'null_resource',
      terraformGeneratorMetadata: GENERATOR,
      provisioners,
    });
    this.triggers = triggers;
  }

  private readonly triggers: Record<string, string>;

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { triggers: hashMapper(stringToTerraform)(this.triggers) };
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    const value = hashMapperHcl(stringToHclTerraform)(this.triggers);
    return { triggers: { value, isBlock: false, type: 'map', storageClassType: 'stringMap' } };
  }
}
