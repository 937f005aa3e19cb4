import { type ChildProcess, execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import { Fabric, type FabricProps } from '../../lib/constructs/fabric';
import { Gate } from '../../lib/constructs/gate';
import { Node } from '../../lib/constructs/node';
import { NullStandIn } from '../../lib/constructs/null-stand-in';
import { Rollout } from '../../lib/constructs/rollout';
import { eventually } from './support/network';
import { RealFleet } from './terraform-fleet';
import type { Run } from './terraform-stack';

const MAIN = join(__dirname, '../../dist/cli/main.js');

/**
 * A stack of constructs with a canary and a check of the team's own after it; each test goes on where the one before
 * ended.
 */
describe('a Gate in a stack of constructs, with real terraform and real agents', () => {
  const home = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'peerform-gate-'));
  const stack = join(folder, 'cdktf.out/stacks/main');
  let fleet: RealFleet;
  let terraform: ChildProcess | undefined;
  beforeAll(async () => {
    fleet = new RealFleet(2);
    await fleet.start('n1', 'n2');
    synth();
    expect(await run('terraform', ['init', '-input=false'])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
    await fleet.remove();
  });

  /** Writes the stack as an app in `folder` does. */
  function synth(props: Partial<FabricProps> = {}, within = 20, command = './probe.sh'): void {
    process.chdir(folder);
    const app = new App({ outdir: 'cdktf.out' });
    const main = new TerraformStack(app, 'main');
    new NullStandIn(main);
    const fabric = new Fabric(main, 'fabric', { name: 'main', connectRetryTime: 1, ...props });
    for (const name of fleet.nodes)
      new Node(fabric, name, { name, ipv4Address: `10.0.0.${name.slice(1)}`, endpoint: fleet.endpoint(name) });
    new Rollout(fabric, 'rollout', { waves: [{ name: 'canary', nodes: ['n1'] }] });
    new Gate(fabric, 'probe', { after: 'canary', command, within });
    app.synth();
    process.chdir(home);
  }
  function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
    const all = {
      ...process.env,
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      TF_CLI_CONFIG_FILE: '/dev/null',
      ...env,
    };
    return new Promise((resolve) => {
      const child = execFile(program, args, { cwd: stack, env: all }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, text: stdout + stderr }),
      );
      terraform = child;
    });
  }
  const apply = (...more: string[]) => run('terraform', ['apply', '-auto-approve', '-no-color', ...more]);
  /** What the check does, in the app's folder. */
  function probe(script: string): void {
    writeFileSync(join(folder, 'probe.sh'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'probe.sh'), 0o755);
  }
  /** What was started has ended, whether or not somebody has taken note of it. */
  const expectGone = () =>
    eventually(() => {
      const status = `/proc/${readFileSync(join(folder, 'sleeper'), 'utf8').trim()}/status`;
      expect(existsSync(status) ? readFileSync(status, 'utf8') : 'State: Z').toMatch(/State:\s+Z/);
    });

  test('runs its command in the folder of the app, for each activation, and has no absolute path in the stack', async () => {
    probe('echo "$PEERFORM_FABRIC $PEERFORM_ACTIVATION" >> seen; ls cdktf.out > /dev/null');
    expect(await apply()).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe('main 1\n');
    const { null_resource } = JSON.parse(readFileSync(join(stack, 'cdk.tf.json'), 'utf8')).resource;
    expect(JSON.stringify(null_resource)).not.toContain(folder);
    expect(JSON.stringify(null_resource)).not.toContain(home);
    expect(await run('terraform', ['plan', '-detailed-exitcode', '-no-color'])).toMatchObject({ code: 0 });
  });

  test('returns the canary at once where it fails, and one more deploy converges', async () => {
    synth({ holdTime: 30 });
    probe('echo the check says no; exit 1');
    const { code, text } = await apply();
    expect(code).toBe(1);
    expect(text).toContain('the check says no');
    expect(text).toMatch(/activation 2 was rolled back; these nodes run again what they ran before: n1/);
    expect(await fleet.activations()).toEqual(['1/1', '1/1']);
    expect((await fleet.status('n1')).transaction.returned?.reason).toContain(
      'a check of the deploy failed: it exited with 1',
    );
    probe('true');
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await fleet.activations()).toEqual(['3/3', '3/3']);
  });

  test('returns the canary at once where the check takes too long, and ends what it has started', async () => {
    synth({ holdTime: 40 }, 2);
    probe('sleep 600 & echo $! > sleeper; wait');
    const { code, text } = await apply();
    expect(code).toBe(1);
    expect(text).toContain('it did not finish within 2 s');
    expect(await fleet.activations()).toEqual(['3/3', '3/3']);
    await expectGone();
  });

  test('returns the canary at once where terraform is interrupted', async () => {
    synth({ holdTime: 40 }, 50);
    rmSync(join(folder, 'sleeper'));
    probe('sleep 600 & echo $! > sleeper; wait');
    const applied = apply();
    await eventually(() => expect(readFileSync(join(folder, 'sleeper'), 'utf8')).toMatch(/\d\n/), 40);
    const [activation] = await fleet.activations();
    expect(activation).toMatch(/^\d+\/3$/);
    expect(activation).not.toBe('3/3');
    terraform!.kill('SIGINT');
    expect(await applied).toMatchObject({ code: 1 });
    await eventually(async () => expect(await fleet.activations()).toEqual(['3/3', '3/3']));
    await expectGone();
  });

  test('that the former version wrote goes on working, and is the same in the plan of this one', async () => {
    synth({ holdTime: 45 });
    const text = readFileSync(join(stack, 'cdk.tf.json'), 'utf8');
    const { resource } = JSON.parse(text);
    const former = JSON.parse(readFileSync(join(__dirname, '../fixtures/former-gate/cdk.tf.json'), 'utf8')).resource;
    const { command, environment } = former.null_resource.main_probe.provisioner[0]['local-exec'];
    const check = { command, environment: { ...environment, PEERFORM_CHECK: '../../../probe.sh' } };
    resource.null_resource.main_probe.provisioner = [{ 'local-exec': check }];
    probe('echo as before');
    writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify({ ...JSON.parse(text), resource }));
    const applied = await apply();
    expect(applied).toMatchObject({ code: 0, text: expect.stringContaining('as before') });
    synth({ holdTime: 45 });
    expect(await run('terraform', ['plan', '-detailed-exitcode', '-no-color'])).toMatchObject({ code: 0 });
    // What such a stack names by a path from its own folder is found as before.
    synth({ holdTime: 30 }, 20, '../../../probe.sh');
    expect(await apply()).toMatchObject({ code: 0, text: expect.stringContaining('as before') });
  });

  /** Leaves a release on trial on the canary. */
  async function onTrial(holdTime: number): Promise<{ activation: string; kept: string }> {
    synth({ holdTime });
    probe('true');
    expect(await apply('-target=peerform_wave.main_canary')).toMatchObject({ code: 0 });
    const [[number, kept], ...others] = (await fleet.activations()).map((each) => each.split('/'));
    expect(Number(number)).toBeGreaterThan(Number(kept));
    expect(others).toEqual([[kept, kept]]);
    return { activation: number, kept };
  }
  const peerform = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, [MAIN, ...args], env);

  test('is there as a command, too, for configurations in HCL', async () => {
    const { activation, kept } = await onTrial(50);
    const { release } = (await fleet.status('n1')).transaction.active!;
    const env = { PEERFORM_RELEASE: release, PEERFORM_ACTIVATION: activation, PEERFORM_ENDPOINT: fleet.endpoint('n2') };
    expect(await peerform(['gate', '--', 'test', '-e', 'cdk.tf.json'], env)).toEqual({ code: 0, text: '' });
    expect((await fleet.activations())[0]).toBe(`${activation}/${kept}`);
    const failed = await peerform(['gate', '--within', '20', '--', 'exit 4'], env);
    expect(failed.code).toBe(4);
    expect(failed.text).toContain('these nodes run again what they ran before: n1');
    expect(await fleet.activations()).toEqual([`${kept}/${kept}`, `${kept}/${kept}`]);
    expect(await peerform(['gate', '--', 'true'])).toMatchObject({ code: 2 });
  });

  test('people undo what is on trial by a command, which the next deploy sees', async () => {
    const { activation } = await onTrial(60);
    const { code, text } = await peerform(['rollback', '--via', fleet.endpoint('n2'), '--reason', 'packets are lost']);
    expect({ code, text }).toEqual({
      code: 0,
      text: `activation ${activation} was rolled back; these nodes run again what they ran before: n1\n`,
    });
    expect((await fleet.status('n1')).transaction.returned?.reason).toMatch(/^rolled back by .*: packets are lost$/);
    expect((await peerform(['rollback', '--via', fleet.endpoint('n2')])).text).toContain('no release is on trial');
    expect(await apply()).toMatchObject({ code: 0 });
    const next = Number(activation) + 1;
    expect(await fleet.activations()).toEqual([`${next}/${next}`, `${next}/${next}`]);
  });
});
