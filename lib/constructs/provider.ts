import { TerraformProvider, TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import { PROVIDER_SOURCE, ProviderPackage } from '../provider/package';
import { Installation } from './installation';

const ID = 'peerform_provider';

/** The provider in a stack: one for all its fabrics, created with the first. It has no configuration. */
export class PeerformProvider extends TerraformProvider {
  /** The provider of the stack that the construct is in. */
  static of(construct: IConstruct): PeerformProvider {
    const stack = TerraformStack.of(construct);
    return (stack.node.tryFindChild(ID) as PeerformProvider | undefined) ?? new PeerformProvider(stack);
  }

  private constructor(stack: TerraformStack) {
    const content = ProviderPackage.load();
    super(stack, ID, {
      terraformResourceType: 'peerform',
      terraformProviderSource: PROVIDER_SOURCE,
      terraformGeneratorMetadata: { providerName: 'peerform', providerVersion: content.version },
    });
    stack.synthesizer = new Installation(stack, content, stack.synthesizer);
  }
}
