import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { PROVIDER_SOURCE, ProviderPackage } from '../../provider/package';
import { placeGate, placeProvider } from '../../provider/package/place';
import { line, lines, print } from '../terminal';

/** `peerform provider install`: does for plain Terraform what `cdktf synth` does by itself. */
export function register(program: Command): void {
  program
    .command('provider')
    .description('the Terraform provider that comes with this package')
    .command('install')
    .description(
      'copy the provider into the folder of a Terraform configuration, where terraform init finds it without a registry',
    )
    .argument('[folder]', 'the folder of the configuration', '.')
    .action((folder: string) => {
      if (!existsSync(folder)) throw new Error(`folder ${folder} does not exist`);
      const content = ProviderPackage.load();
      placeProvider(content, folder);
      placeGate(content, folder);
      print(
        lines(
          line`${PROVIDER_SOURCE} ${content.version} is in ${folder}/terraform.d`,
          line`In required_providers: peerform = { source = "${PROVIDER_SOURCE}", version = "${content.version}" }`,
        ),
      );
    });
}
