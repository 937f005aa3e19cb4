import { join } from 'node:path';
import { Annotations, type IStackSynthesizer, type ISynthesisSession, type TerraformStack } from 'cdktf';
import { PROVIDER_SOURCE, type ProviderPackage } from '../provider/package';
import { lockOf, placeProvider } from '../provider/package/place';

/** Id of the construct in a stack that lets our plugin stand in for hashicorp/null. */
export const NULL_STAND_IN = 'null_stand_in';

/**
 * Writes a stack as cdktf does, and then the provider beside it: its zips where Terraform looks for them by itself, and its
 * block in the lock file. So the stack runs with no registry and no CLI configuration.
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
    this.inner.synthesize(session);
    placeProvider(this.content, folder, lock);
    if (this.hasStandIn) placeProvider(this.content.nullStandIn(), folder);
  }

  private get hasStandIn(): boolean {
    return this.stack.node.tryFindChild(NULL_STAND_IN) !== undefined;
  }

  /** Where another provider is not locked yet, cdktf locks all of them by asking the registry, which does not have ours. */
  private adviseOnOthers(lock: string): void {
    const sources = this.stack
      .allProviders()
      .map(({ terraformProviderSource, terraformResourceType }) => terraformProviderSource ?? terraformResourceType)
      .filter((source) => !(this.hasStandIn && source.split('/').at(-1) === 'null'))
      .filter((source) => source !== PROVIDER_SOURCE && !lock.includes(`/${source.split('/').slice(-2).join('/')}"`));
    if (sources.length === 0) return;
    Annotations.of(this.stack).addInfo(
      `The stack also uses ${[...new Set(sources)].join(', ')}. cdktf would ask the registry for every provider, and peerform is installed ` +
        'from the stack itself: run the first `cdktf diff` or `cdktf deploy` with --skip-provider-lock.',
    );
  }
}
