import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './support/network';
import { RealFleet } from './terraform-fleet';
import { bundledProvider, TerraformStack } from './terraform-stack';

/** Each test goes on where the one before it ended. */
describe('the edition of a fabric, by the real terraform and real agents', () => {
  const provider = bundledProvider();
  let fleet: RealFleet;
  let stack: TerraformStack;
  beforeAll(async () => {
    fleet = new RealFleet(2);
    stack = new TerraformStack(provider);
    await fleet.start('n1', 'n2');
    configure('  edition = 1');
    expect(await stack.terraform('init')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    stack.remove();
    await fleet.remove();
  });

  const configure = (fabric: string) => stack.configure(fleet.configuration({ fabric }));
  const apply = () => stack.terraform('apply', '-auto-approve');
  /** 0: nothing to do, 2: changes. */
  const plan = () => stack.terraform('plan', '-detailed-exitcode');
  const edition = async () => (await stack.state('peerform_fabric'))?.edition;
  const warnings = (text: string) => text.match(/uses the defaults of edition 1/g) ?? [];

  test('is the one that is written', async () => {
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await edition()).toBe(1);
  });

  test('of a state from before there were editions is the first, and its plan is empty but for one warning', async () => {
    const file = join(stack.folder, 'terraform.tfstate');
    const before = JSON.parse(readFileSync(file, 'utf8'));
    for (const { instances } of before.resources) for (const { attributes } of instances) delete attributes.edition;
    stack.write('terraform.tfstate', JSON.stringify({ ...before, serial: before.serial + 1 }));
    configure('');
    const planned = await plan();
    expect(planned).toMatchObject({ code: 0, text: expect.stringContaining('No changes.') });
    expect(warnings(planned.text)).toHaveLength(1);
    expect(planned.text).not.toContain('Objects have changed outside of Terraform');
    expect((await apply()).text).toContain('Resources: 0 added, 0 changed, 0 destroyed');
  });

  test('that is newer is a deploy, and stays when it is not written any more', async () => {
    configure('  edition = 2');
    const planned = await plan();
    expect(planned).toMatchObject({ code: 2, text: expect.stringMatching(/~ edition += 1 -> 2/) });
    expect(warnings(planned.text)).toEqual([]);
    expect((await apply()).text).toMatch(/Apply complete! Resources: 0 added, \d changed, 0 destroyed/);
    expect(await fleet.activations()).toEqual(['2/2', '2/2']);
    configure('');
    expect(await plan()).toMatchObject({ code: 0 });
    expect(await edition()).toBe(2);
  });

  test('comes with an import from the agents', async () => {
    for (const one of ['peerform_fabric.main', 'peerform_wave.all', 'peerform_commit.main'])
      expect(await stack.terraform('state', 'rm', one)).toMatchObject({ code: 0 });
    for (const one of ['peerform_fabric.main', 'peerform_wave.all', 'peerform_commit.main'])
      expect(await stack.terraform('import', one, `main@${fleet.endpoint('n1')}`)).toMatchObject({ code: 0 });
    expect(await edition()).toBe(2);
    expect(await plan()).toMatchObject({ code: 0 });
  });

  test('that is not known before the apply is open until then', async () => {
    const input = (value: number) => `
resource "terraform_data" "edition" { input = ${value} }`;
    const body = (value: number) =>
      fleet.configuration({ fabric: '  edition = terraform_data.edition.output', more: input(value) });
    stack.configure(body(2));
    const planned = await plan();
    expect(planned).toMatchObject({ code: 2, text: expect.stringMatching(/~ edition += 2 -> \(known after apply\)/) });
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await edition()).toBe(2);
    await eventually(async () =>
      expect(await fleet.sessions()).toEqual([
        [1, 1],
        [1, 1],
      ]),
    );
  });

  test('of a new fabric is the newest', async () => {
    expect(await stack.terraform('destroy', '-auto-approve')).toMatchObject({ code: 0 });
    configure('');
    const planned = await plan();
    expect(planned).toMatchObject({ code: 2, text: expect.stringMatching(/\+ edition += 2/) });
    expect(warnings(planned.text)).toEqual([]);
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await plan()).toMatchObject({ code: 0 });
  });
});
