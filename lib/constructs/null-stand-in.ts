import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { NULL_STAND_IN_ID } from './installation';
import { PeerformProvider } from './provider';

/**
 * Replaces the provider hashicorp/null 3.2.4 in a stack by Peerform's own plugin, for gates where no registry is
 * reachable: an air-gapped lab, or tests. It supports only `null_resource`. It is opt-in, because the real provider is
 * preferable wherever the registry is reachable. To switch a stack between them, remove the provider's block from the
 * lock file and run `terraform init -upgrade`.
 */
export class NullStandIn extends Construct {
  /** Adds it to the stack that contains `scope`. */
  constructor(scope: Construct) {
    super(TerraformStack.of(scope), NULL_STAND_IN_ID);
    PeerformProvider.of(scope);
  }
}
