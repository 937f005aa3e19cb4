import { NullProvider } from '@cdktf/provider-null/lib/provider';
import { Resource as NullResource } from '@cdktf/provider-null/lib/resource';
import { TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import { Fabric } from './fabric';

/** A check of the team's own. */
export interface GateProps {
  /** Name of the wave that it comes after; absent: the last one, which takes all nodes where there is no rollout. */
  readonly after?: string;
  /** A shell command, run where Terraform runs; it passes if it ends with 0. What it prints stands in the output of the deploy. */
  readonly command: string;
  /** Seconds that it may take; it fails when they are over. */
  readonly within: number;
  /** More environment for the command. `PEERFORM_FABRIC`, `PEERFORM_RELEASE` and `PEERFORM_ACTIVATION` are always there. */
  readonly environment?: Readonly<Record<string, string>>;
}

// Where `timeout` of coreutils is missing (macOS), the dead man is the limit.
const LIMITED =
  'if command -v timeout >/dev/null; then exec timeout "$PEERFORM_WITHIN" sh -c "$PEERFORM_CHECK"; else exec sh -c "$PEERFORM_CHECK"; fi';

/**
 * A check between a wave and what follows, before anything of it is confirmed: a `null_resource` of hashicorp/null that runs a command for each
 * activation. If it fails the deploy ends there, and every node that was activated returns by itself.
 */
export class Gate extends Construct {
  constructor(scope: Construct, id: string, props: GateProps) {
    super(scope, id);
    const fabric = Fabric.of(scope),
      stack = TerraformStack.of(this);
    if (!stack.allProviders().some(({ terraformResourceType }) => terraformResourceType === 'null'))
      new NullProvider(stack, 'null');
    const activation = Token.asString(fabric.activation);
    const check = new NullResource(this, 'check', {
      triggers: { release: fabric.release, activation },
      provisioners: [
        {
          type: 'local-exec',
          command: LIMITED,
          environment: {
            ...props.environment,
            PEERFORM_CHECK: props.command,
            PEERFORM_WITHIN: String(props.within),
            PEERFORM_FABRIC: fabric.name,
            PEERFORM_RELEASE: fabric.release,
            PEERFORM_ACTIVATION: activation,
          },
        },
      ],
    });
    check.overrideLogicalId(`${fabric.logicalId}_${id.replace(/[^a-zA-Z0-9_-]/g, '_')}`);
    fabric.addGate(props.after, { within: props.within, check });
    this.node.addValidation({
      validate: () => [
        ...(Number.isInteger(props.within) && props.within > 0
          ? []
          : [`within: ${props.within} is no time. Write a whole number of seconds.`]),
        ...(props.after === undefined || fabric.plan.has(props.after)
          ? []
          : [`after: there is no wave ${props.after}. Name a wave of the fabric's rollout.`]),
      ],
    });
  }
}
