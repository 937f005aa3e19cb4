import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { PROVIDER_SOURCE, ProviderPackage } from '../../provider/package';
import { placeProvider } from '../../provider/package/place';

/** `peerform provider install`: for plain Terraform, what `cdktf synth` does by itself. */
export function register(program: Command): void {
  program
    .command('provider')
    .description('the Terraform provider that comes with this package')
    .command('install')
    .description(
      "put the provider into a Terraform configuration's folder, where terraform init finds it with no registry",
    )
    .argument('[folder]', 'the folder of the configuration', '.')
    .action((folder: string) => {
      if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
      const content = ProviderPackage.load();
      placeProvider(content, folder);
      process.stdout.write(
        `${PROVIDER_SOURCE} ${content.version} is in ${folder}/terraform.d\nIn required_providers: peerform = { source = "${PROVIDER_SOURCE}", version = "${content.version}" }\n`,
      );
    });
}
