import { join } from 'node:path';
import { Annotations, type IStackSynthesizer, type ISynthesisSession, type TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import { PROVIDER_SOURCE, type ProviderPackage } from '../provider/package';
import { lockOf, placeGate, placeProvider } from '../provider/package/place';
import { Allocations } from './allocations';

/** The version reported by cdktf's `Testing`. */
const UNIT_TEST = 'stubbed';

/** ID of the construct that replaces hashicorp/null by our plugin in a stack. */
export const NULL_STAND_IN_ID = 'null_stand_in';

/** All gates, whose stacks need the wrapper script in their folders. */
export const GATES = new WeakSet<IConstruct>();

/**
 * Synthesises a stack as cdktf does, then adds the provider: its zips where Terraform finds them by default, and its
 * entry in the lock file. The stack then needs neither a registry nor CLI configuration.
 */
export class Installation implements IStackSynthesizer {
  constructor(
    private readonly stack: TerraformStack,
    private readonly content: ProviderPackage,
    private readonly inner: IStackSynthesizer,
  ) {}

  synthesize(session: ISynthesisSession): void {
    const folder = join(session.outdir, session.manifest.forStack(this.stack).workingDirectory);
    const lock = lockOf(folder);
    this.adviseOnOthers(lock ?? '');
    this.inner.synthesize(session); // Throws if validation fails.
    if (session.manifest.version !== UNIT_TEST) Allocations.of(this.stack).keep();
    placeProvider(this.content, folder, lock);
    if (this.hasGate) placeGate(this.content, folder);
    if (this.hasStandIn) placeProvider(this.content.nullStandIn(), folder);
  }

  private get hasGate(): boolean {
    return this.stack.node.findAll().some((construct) => GATES.has(construct));
  }

  private get hasStandIn(): boolean {
    return this.stack.node.tryFindChild(NULL_STAND_IN_ID) !== undefined;
  }

  /** If another provider is not locked yet, cdktf locks all providers from the registry, which does not have ours. */
  private adviseOnOthers(lock: string): void {
    const sources = this.stack
      .allProviders()
      .map(({ terraformProviderSource, terraformResourceType }) => terraformProviderSource ?? terraformResourceType)
      .filter((source) => !(this.hasStandIn && source.split('/').at(-1) === 'null'))
      .filter((source) => source !== PROVIDER_SOURCE && !lock.includes(`/${source.split('/').slice(-2).join('/')}"`));
    if (sources.length === 0) return;
    Annotations.of(this.stack).addInfo(
      `The stack also uses ${[...new Set(sources)].join(', ')}. cdktf would look for every provider in the registry, but peerform is installed ` +
        'from the stack itself: run the first `cdktf diff` or `cdktf deploy` with --skip-provider-lock.',
    );
  }
}
