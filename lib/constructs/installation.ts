import { join } from 'node:path';
import { Annotations, type IStackSynthesizer, type ISynthesisSession, type TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import { PROVIDER_SOURCE, type ProviderPackage } from '../provider/package';
import { lockOf, placeGate, placeProvider } from '../provider/package/place';
import { Allocations } from './allocations';

/** What cdktf's `Testing` calls its version. */
const UNIT_TEST = 'stubbed';

/** Id of the construct in a stack that lets our plugin stand in for hashicorp/null. */
export const NULL_STAND_IN_ID = 'null_stand_in';

/** The gates of all stacks, each of which runs a script in its stack's folder. */
export const GATES = new WeakSet<IConstruct>();

/**
 * Writes a stack as cdktf does, and then the provider beside it: its zips where Terraform looks for them by itself, and
 * its block in the lock file. So the stack runs with no registry and no CLI configuration.
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
    this.inner.synthesize(session); // Throws where the program is refused.
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

  /**
   * Where another provider is not locked yet, cdktf locks all of them by asking the registry, which does not have ours.
   */
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
