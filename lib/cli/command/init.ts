import type { Command } from 'commander';
import { ProviderPackage } from '../../provider/package';
import { placeProvider } from '../../provider/package/place';
import { initialise } from '../init';
import { line, lines, print } from '../terminal';

/** `peerform init`: creates a working project with tests and CI. */
export function register(program: Command): void {
  program
    .command('init')
    .description(
      'create a project with a small fabric, its tests, and a CI pipeline that reports the effect of a change',
    )
    .argument('[folder]', 'a new or empty folder', '.')
    .option('--name <name>', "name of the fabric, its stack and its package; default: the folder's name")
    .option('--hcl', 'a Terraform configuration with a module, instead of a CDKTF project')
    .action((folder: string, { name, hcl }: { name?: string; hcl?: boolean }) => {
      const provider = hcl ? ProviderPackage.load() : undefined;
      const made = initialise({ folder, name, ...(provider && { providerVersion: provider.version }) });
      if (provider) placeProvider(provider, folder);
      const next = hcl
        ? ['terraform init', 'terraform test', 'terraform plan']
        : ['npm install', 'npm test', 'npx cdktf diff'];
      print(
        lines(
          ...made.files.map((file) => line`  ${file}`),
          line``,
          line`The fabric ${made.name} is written. Write your machines into ${hcl ? 'terraform.tfvars' : 'network.ts'}, then:`,
          line``,
          ...(folder === '.' ? [] : [line`  cd ${folder}`]),
          ...next.map((command) => line`  ${command}`),
          line``,
          line`To try it without machines, in a lab on this machine, see README.md there.`,
        ),
      );
    });
}
