import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { NULL_STAND_IN } from './installation';
import { PeerformProvider } from './provider';

/**
 * Lets Peerform's own plugin stand in for the provider hashicorp/null 3.2.4 in a stack, for gates where no registry can be reached: an air-gapped lab,
 * or tests. It knows `null_resource` and nothing else. Opt-in, since the real one is to be had from the registry everywhere else; a stack that has used
 * one of them needs `terraform init -upgrade` and a lock file without the other's block to change over.
 */
export class NullStandIn extends Construct {
  /** Puts it into the stack of a construct. */
  constructor(scope: Construct) {
    super(TerraformStack.of(scope), NULL_STAND_IN);
    PeerformProvider.of(scope);
  }
}
