import { join, relative } from 'node:path';
import { App, Lazy, TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import { GATE, GATE_SCRIPT } from '../provider/package';
import { Fabric } from './fabric';
import { GATES } from './installation';
import { NullProvider, NullResource } from './null';

/** A custom check. */
export interface GateProps {
  /** Name of the wave after which the check runs. Default: the last one, which has all nodes if there is no rollout. */
  readonly after?: string;
  /**
   * A shell command, run where Terraform runs; it passes if it exits with 0. Its output is in the output of the deploy.
   * Relative paths are resolved from the app's folder, which contains cdktf.json.
   */
  readonly command: string;
  /** Timeout in seconds, after which the command is stopped and fails. */
  readonly within: number;
  /**
   * Additional environment variables. `PEERFORM_FABRIC`, `PEERFORM_RELEASE` and `PEERFORM_ACTIVATION` are always set,
   * and so is `PEERFORM_ENDPOINT`, an agent of the fabric, for peerform commands.
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The command runs under a wrapper script in the stack's folder. */
const GUARDED = `exec sh ${GATE_SCRIPT} ${GATE}`;

/**
 * Maximum number of endpoints passed to the command: any agent that responds knows the others, of which there may be
 * thousands.
 */
const MOST_ENDPOINTS = 8;

/**
 * A check between a wave and what follows, before any of it is confirmed: a `null_resource` of hashicorp/null that runs
 * a command on each activation. If it fails, times out or is interrupted, the deploy stops, and every node that was
 * activated and not confirmed is rolled back at once.
 */
export class Gate extends Construct {
  constructor(scope: Construct, id: string, props: GateProps) {
    super(scope, id);
    const fabric = Fabric.of(scope);
    const stack = TerraformStack.of(this);
    if (!stack.allProviders().some(({ terraformResourceType }) => terraformResourceType === 'null'))
      new NullProvider(stack, 'null');
    const activation = Token.asString(fabric.activation);
    GATES.add(this);
    const check = new NullResource(this, 'check', {
      triggers: { release: fabric.release, activation },
      provisioners: [
        {
          type: 'local-exec',
          command: GUARDED,
          environment: {
            PEERFORM_ENDPOINT: Lazy.stringValue({ produce: () => endpointsOf(fabric)[0] }),
            ...props.environment,
            PEERFORM_ENDPOINTS: Lazy.stringValue({ produce: () => endpointsOf(fabric).join(' ') }),
            PEERFORM_FOLDER: Lazy.stringValue({ produce: () => wayToApp(stack) }),
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
          : [`within: ${props.within} is not a valid time. Write a whole number of seconds.`]),
        ...(props.after === undefined || fabric.plan.has(props.after)
          ? []
          : [`after: there is no wave ${props.after}. Name a wave of the fabric's rollout.`]),
      ],
    });
  }
}

/** Endpoints of a sample of nodes, spread over the whole fabric. */
function endpointsOf(fabric: Fabric): string[] {
  const all = fabric.nodes.flatMap(({ name, spec }) => {
    const endpoint = fabric.endpointOf(name, spec);
    return endpoint === undefined ? [] : [String(endpoint)];
  });
  const step = Math.max(1, Math.ceil(all.length / MOST_ENDPOINTS));
  return all.filter((_, i) => i % step === 0);
}

/**
 * Relative path from the stack's folder, where Terraform runs, to the app's. A stack contains no absolute paths, as it
 * may be deployed elsewhere.
 */
function wayToApp(stack: TerraformStack): string {
  const app = App.of(stack);
  const folder = join(app.outdir, app.manifest.forStack(stack).workingDirectory);
  return relative(folder, '.') || '.';
}
