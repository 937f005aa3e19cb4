import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { NULL_STAND_IN_ID } from './installation';
import { PeerformProvider } from './provider';

/**
 * Replaces the provider hashicorp/null 3.2.4 in a stack by Peerform's own plugin, for gates where no registry is
 * reachable: an air-gapped lab, or tests. It supports only `null_resource`. It is opt-in, because everywhere else the
 * registry has the real one. To change a stack from one to the other, run `terraform init -upgrade` with a lock file
 * from which the block of the previous one was removed.
 */
export class NullStandIn extends Construct {
  /** Adds it to the stack of a construct. */
  constructor(scope: Construct) {
    super(TerraformStack.of(scope), NULL_STAND_IN_ID);
    PeerformProvider.of(scope);
  }
}
