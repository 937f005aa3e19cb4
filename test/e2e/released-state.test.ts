import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProviderPackage } from '../../lib/provider/package';
import { TerraformStack } from './terraform-stack';

const ROOT = join(__dirname, '../..');
const FIXTURES = join(ROOT, 'test/fixtures/released');
// Newer than all of them, as an upgrade is.
const provider = ProviderPackage.of(readFileSync(join(ROOT, 'dist/provider/bundle.js')), '99.0.0', true);

test.each(readdirSync(FIXTURES))(
  'terraform finds nothing to do in the HCL and the state of version %s',
  async (version) => {
    const stack = new TerraformStack(provider);
    try {
      for (const name of ['main.tf', 'terraform.tfstate'])
        stack.write(name, readFileSync(join(FIXTURES, version, name)));
      expect(await stack.terraform('init')).toMatchObject({ code: 0 });
      const planned = await stack.terraform('plan', '-refresh=false', '-detailed-exitcode');
      expect(planned.text).toContain('No changes.');
      expect(planned.text).not.toContain('Warning');
      expect(planned.code).toBe(0);
    } finally {
      stack.remove();
    }
  },
);
