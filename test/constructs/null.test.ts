import { NullProvider as TheirProvider } from '@cdktf/provider-null/lib/provider';
import { Resource as TheirResource } from '@cdktf/provider-null/lib/resource';
import { TerraformStack, Testing } from 'cdktf';
import { NullProvider, NullResource } from '../../lib/constructs/null';

const config = {
  triggers: { release: 'sha256:1', activation: '2' },
  provisioners: [{ type: 'local-exec' as const, command: 'true', environment: { A: 'b' } }],
};

test.each([false, true])('null_resource is what @cdktf/provider-null makes of it, as HCL: %s', (hcl) => {
  const [ours, theirs] = [
    [NullProvider, NullResource],
    [TheirProvider, TheirResource],
  ].map(([Provider, Resource]) => {
    const stack = new TerraformStack(Testing.app(), 'stack');
    new Provider(stack, 'null', {} as never);
    new Resource(stack, 'check', config as never);
    return hcl ? Testing.synthHcl(stack) : Testing.synth(stack);
  });
  expect(ours).toBe(theirs);
  expect(ours).toContain('null_resource');
});
