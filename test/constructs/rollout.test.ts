import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { Fabric, type FabricProps } from '../../lib/constructs/fabric';
import { Gate, type GateProps } from '../../lib/constructs/gate';
import { Node } from '../../lib/constructs/node';
import { NullStandIn } from '../../lib/constructs/null-stand-in';
import { Rollout, type RolloutProps } from '../../lib/constructs/rollout';
import { choose } from '../../lib/constructs/wave-nodes';
import { newStack, PACKAGE, refusal, synth, written } from './app';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

function stackWith(rollout?: RolloutProps, gates: readonly GateProps[] = [], props: Partial<FabricProps> = {}) {
  const stack = newStack();
  const fabric = new Fabric(stack, 'fabric', { name: 'lab', ...props });
  for (const [i, name] of NODES.entries())
    new Node(fabric, name, { name, endpoint: `unix:///${name}.sock`, ipv4Address: `10.0.0.${i + 1}` });
  if (rollout) new Rollout(fabric, 'rollout', rollout);
  for (const [i, gate] of gates.entries()) new Gate(fabric, `check${i}`, gate);
  return stack;
}
const resources = (stack: TerraformStack) => synth(stack).resource;
const nodesOf = (wave: { nodes: object }) => Object.keys(wave.nodes);

describe('a rollout', () => {
  test('is waves one after another, the rest last, and one commit of all', () => {
    const { peerform_fabric, peerform_wave, peerform_commit } = resources(
      stackWith({
        waves: [
          { name: 'canary', nodes: ['n3'] },
          { name: 'some', percent: 40 },
        ],
      }),
    );
    expect(nodesOf(peerform_wave.lab_canary)).toEqual(['n3']);
    expect(nodesOf(peerform_wave.lab_some)).toEqual(['n1', 'n2']);
    expect(nodesOf(peerform_wave.lab)).toEqual(['n4', 'n5']);
    expect(peerform_wave.lab_canary.depends_on).toEqual(['peerform_fabric.lab']);
    expect(peerform_wave.lab_some.depends_on).toEqual(['peerform_wave.lab_canary']);
    expect(peerform_wave.lab.depends_on).toEqual(['peerform_wave.lab_some']);
    expect(peerform_commit.lab.depends_on).toEqual(['peerform_wave.lab']);
    expect(nodesOf(peerform_commit.lab)).toEqual(NODES);
    expect(peerform_fabric.lab.waves).toEqual([['n3'], ['n1', 'n2'], ['n4', 'n5']]);
  });

  test('keeps each wave for good where it says so', () => {
    const { peerform_wave, peerform_commit } = resources(
      stackWith({ waves: [{ name: 'canary', nodes: ['n3'] }], confirmEachWave: true }, [
        { after: 'canary', command: 'true', within: 10 },
      ]),
    );
    expect(peerform_commit.lab_canary).toMatchObject({
      final: false,
      depends_on: ['peerform_wave.lab_canary', 'null_resource.lab_check0'],
    });
    expect(peerform_wave.lab.depends_on).toEqual(['peerform_commit.lab_canary']);
  });

  test('gives nodes the time to be confirmed that all gates before it may take', () => {
    const { peerform_wave } = resources(
      stackWith({ waves: [{ name: 'canary', nodes: ['n3'], gateWithin: 30 }], gateWithin: 20 }, [
        { after: 'canary', command: 'true', within: 100 },
      ]),
    );
    expect(peerform_wave.lab_canary).toMatchObject({ gate: { within: 30 }, confirm_within: 30 + 100 + 20 + 300 });
    expect(peerform_wave.lab).toMatchObject({ gate: { within: 20 }, confirm_within: 20 + 300 });
  });

  test('says which sessions with neighbours outside its gates count on, for all waves or for one, and may have no waves of its own', () => {
    const { peerform_wave } = resources(
      stackWith({ waves: [{ name: 'canary', nodes: ['n3'], outside: 'all' }], outside: 'kept' }),
    );
    expect(peerform_wave.lab_canary.gate).toEqual({ within: 60, outside: 'all' });
    expect(peerform_wave.lab.gate).toEqual({ within: 60, outside: 'kept' });
    expect(resources(stackWith({ waves: [], outside: 'kept' })).peerform_wave.lab.gate).toEqual({
      ...{ within: 60, outside: 'kept' },
    });
    expect(resources(stackWith({ waves: [], gateWithin: 5 })).peerform_wave.lab.gate).toEqual({ within: 5 });
  });

  test('is refused where nodes would return before they are confirmed', () => {
    const stack = stackWith({ waves: [{ name: 'canary', nodes: ['n3'] }], confirmWithin: 200 }, [
      { after: 'canary', command: 'true', within: 100 },
    ]);
    expect(refusal(stack)).toEqual([
      expect.stringContaining(
        'confirmWithin is 200 s, but the gates from wave canary on may take 220 s: its nodes would roll back',
      ),
    ]);
  });

  test.each<[RolloutProps['waves'], string]>([
    [[{ name: 'a', nodes: ['n9'] }], 'wave a: there is no node n9'],
    [
      [
        { name: 'a', nodes: ['n1'] },
        { name: 'b', nodes: ['n1'] },
      ],
      'wave b: node n1 is already in an earlier wave',
    ],
    [[{ name: 'a', selector: 'x ==' }], 'wave a: '],
    [[{ name: 'a', percent: 100 }], 'wave rest: no node is left for it'],
    [[{ name: 'rest', nodes: ['n1'] }], 'wave rest: the name is already used'],
    [[{ name: 'a b', nodes: ['n1'] }], 'wave "a b": a name may contain only letters'],
    [[], 'the rollout has no waves'],
  ])('is refused with what is wrong: %j', (waves, problem) => {
    expect(refusal(stackWith({ waves })).join('\n')).toContain(problem);
  });

  test('chooses by labels and one of each rack', () => {
    const all = [
      { name: 'a1', labels: { zone: 'a' }, rack: 'r1' },
      { name: 'a2', labels: { zone: 'a' }, rack: 'r1' },
      { name: 'b1', labels: { zone: 'b' }, rack: 'r2' },
    ];
    expect(choose({ selector: "zone == 'a'" }, all, all).nodes).toEqual(['a1', 'a2']);
    expect(choose({ onePerRack: true }, all, all).nodes).toEqual(['a1', 'b1']);
    expect(choose({ onePerRack: true, nodes: ['a2'] }, all, all).nodes).toEqual(['a2', 'b1']);
    expect(choose({ selector: "zone == 'c'" }, all, all).problems).toEqual([
      expect.stringContaining('selects no node'),
    ]);
  });
});

describe('a gate', () => {
  test('stands between a wave and what follows, and runs for each activation', () => {
    const { null_resource, peerform_wave, peerform_commit } = resources(
      stackWith({ waves: [{ name: 'canary', nodes: ['n3'] }] }, [
        { after: 'canary', command: './check.sh', within: 60, environment: { WHERE: 'here' } },
        { command: './last.sh', within: 60 },
      ]),
    );
    const { triggers, provisioner, depends_on } = null_resource.lab_check0;
    const computed = (name: string) => ['$', `{peerform_fabric.lab.${name}}`].join('');
    expect(triggers).toEqual({ activation: computed('activation'), release: computed('release') });
    expect(depends_on).toEqual(['peerform_wave.lab_canary']);
    expect(provisioner[0]['local-exec']).toMatchObject({
      environment: { PEERFORM_CHECK: './check.sh', PEERFORM_WITHIN: '60', PEERFORM_FABRIC: 'lab', WHERE: 'here' },
    });
    expect(peerform_wave.lab.depends_on).toEqual(['peerform_wave.lab_canary', 'null_resource.lab_check0']);
    expect(peerform_commit.lab.depends_on).toEqual(['peerform_wave.lab', 'null_resource.lab_check1']);
  });

  test('runs under our own script in the stack, finds its agents by a few, and names the app by the way to it', () => {
    const stack = stackWith(undefined, [{ command: './check.sh', within: 60 }]);
    const { null_resource } = resources(stack);
    const { command, environment } = null_resource.lab_check0.provisioner[0]['local-exec'];
    expect(command).toBe('exec sh terraform.d/peerform/gate.cjs gate');
    expect(environment).toMatchObject({
      PEERFORM_ENDPOINT: 'unix:///n1.sock',
      PEERFORM_ENDPOINTS: 'unix:///n1.sock unix:///n2.sock unix:///n3.sock unix:///n4.sock unix:///n5.sock',
    });
    expect(environment.PEERFORM_FOLDER).toMatch(/^(\.\.\/)+/);
    const { folder } = written(stackWith(undefined, [{ command: 'true', within: 1 }]));
    expect(existsSync(join(folder, 'terraform.d/peerform/gate.cjs'))).toBe(true);
    expect(existsSync(join(written(stackWith()).folder, 'terraform.d/peerform'))).toBe(false);
  });

  test('of a stack that the former version wrote is the same but for what it runs, so that its plan is empty', () => {
    const { resource: former } = JSON.parse(
      readFileSync(join(__dirname, '../fixtures/former-gate/cdk.tf.json'), 'utf8'),
    );
    const stack = newStack('main');
    new NullStandIn(stack);
    const fabric = new Fabric(stack, 'fabric', { name: 'main', edition: 2, connectRetryTime: 1 });
    for (const n of [1, 2])
      new Node(fabric, `n${n}`, { name: `n${n}`, ipv4Address: `10.0.0.${n}`, endpoint: `unix:///run/n${n}.sock` });
    new Rollout(fabric, 'rollout', { waves: [{ name: 'canary', nodes: ['n1'] }] });
    new Gate(fabric, 'probe', { after: 'canary', command: './probe.sh', within: 20, environment: { WHERE: 'here' } });
    const { null_resource, peerform_wave, peerform_commit } = resources(stack);
    /** Without comments and provisioners, which stand in no state. */
    const planned = (all: Record<string, Record<string, object>>) =>
      JSON.parse(JSON.stringify(all, (key, value) => (key === '//' || key === 'provisioner' ? undefined : value)));
    const { peerform_fabric: _, ...steps } = former;
    expect(planned({ null_resource, peerform_wave, peerform_commit })).toEqual(planned(steps));
  });

  test('without a rollout comes after the one wave, which waits longer for its confirmation', () => {
    const { peerform_wave } = resources(stackWith(undefined, [{ command: 'true', within: 1000 }]));
    expect(peerform_wave.lab.confirm_within).toBe(1600);
  });

  test('after a wave that there is not is refused', () => {
    expect(refusal(stackWith(undefined, [{ after: 'canary', command: 'true', within: 1 }])).join()).toContain(
      'there is no wave canary',
    );
  });

  test('is of hashicorp/null, from the registry unless our own plugin is to stand in for it', () => {
    const real = stackWith(undefined, [{ command: 'true', within: 1 }]);
    const place = PACKAGE.nullStandIn().files()[0].path;
    const { folder, annotations } = written(real);
    expect(existsSync(join(folder, place))).toBe(false);
    expect(annotations.map(({ message }) => message).join()).toContain('--skip-provider-lock');

    const standIn = stackWith(undefined, [{ command: 'true', within: 1 }]);
    new NullStandIn(standIn);
    const installed = written(standIn);
    expect(place).toContain('hashicorp/null/terraform-provider-null_3.2.4_');
    expect(existsSync(join(installed.folder, place))).toBe(true);
    expect(readFileSync(join(installed.folder, '.terraform.lock.hcl'), 'utf8')).toContain('hashicorp/null');
    expect(installed.annotations.map(({ message }) => message).join()).not.toContain('--skip-provider-lock');
  });
});
