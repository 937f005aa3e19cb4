import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFabricFile } from '../../lib/cli/fabric-file';
import type { Lab } from '../../lib/lab/lab';
import { up } from '../../lib/lab/up';
import { CdktfProject } from './cdktf-project';

const v3 = (kind: string, name: string, spec: object, labels?: object) => ({
  apiVersion: 'projectcalico.org/v3',
  kind,
  metadata: { name, ...(labels && { labels }) },
  spec,
});
const node = (number: number, labels: object, bgp: object = {}) =>
  v3('Node', `node${number}`, { bgp: { ipv4Address: `10.0.0.${number}/24`, ...bgp } }, labels);

/** What a cluster with one reflector, peers by selector, and a switch behind a filter has. */
const RESOURCES = [
  v3('BGPConfiguration', 'default', { asNumber: 64512, nodeToNodeMeshEnabled: false, logSeverityScreen: 'Info' }),
  node(1, { reflector: 'true' }, { routeReflectorClusterID: '1.0.0.1' }),
  node(2, { rack: 'one' }),
  node(3, { rack: 'two' }),
  v3('IPPool', 'workloads', { cidr: '10.65.0.0/16' }),
  v3('BGPFilter', 'hosts', {
    importV4: [{ cidr: '203.0.113.0/24', matchOperator: 'In', action: 'Accept' }, { action: 'Reject' }],
  }),
  v3('BGPPeer', 'clients', { nodeSelector: '!has(reflector)', peerSelector: 'has(reflector)' }),
  v3('BGPPeer', 'tor', { node: 'node1', peerIP: '192.0.2.1', asNumber: 65000, filters: ['hosts'] }),
];

/** Where the source finds the agents of the lab. */
const AGENT_OF_NODE = '`unix://$' + '{process.env.PEERFORM_LAB}/$' + '{node}/agent.sock`';

/** The same fabric by the construct, without source. */
const MANIFEST = `
import { App, TerraformStack } from 'cdktf';
import { CalicoManifest } from 'peerform';
const app = new App();
const stack = new TerraformStack(app, 'site');
const endpoint = (node: string) => ${AGENT_OF_NODE};
new CalicoManifest(stack, 'calico', { name: 'site', files: ['calico.json'], endpoint });
app.synth();
`;

let base: string;
let project: CdktfProject;
let lab: Lab | undefined;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'c-'));
  project = new CdktfProject('full-mesh', { PEERFORM_LAB: join(base, 'l') });
});
afterAll(async () => {
  await lab?.down();
  project.remove();
  rmSync(base, { recursive: true, force: true });
});

/** Writes main.ts by the command line, and has it reach the agents of the lab. */
function importCalico(resources: object[]): void {
  writeFileSync(join(project.folder, 'calico.json'), JSON.stringify(resources));
  const program = join(__dirname, '../../dist/cli/main.js');
  const args = ['import', 'calico', 'calico.json', '--name', 'site', '--out', 'main.ts'];
  execFileSync(process.execPath, [program, ...args], { cwd: project.folder, stdio: 'pipe' });
  project.edit("'ssh://root@' + node", AGENT_OF_NODE);
}

async function plansNothing(): Promise<void> {
  expect(await project.synth()).toMatchObject({ code: 0 });
  expect((await project.plan('site')).text).toContain('No changes.');
}

test('manifests of Calico become a fabric that runs, and imported again, whichever way, they plan nothing', async () => {
  importCalico(RESOURCES);
  expect(await project.synth()).toMatchObject({ code: 0 });
  const { fabric } = readFabricFile(join(project.folder, 'cdktf.out/stacks/site/cdk.tf.json'));
  lab = await up({ fabric, name: `calico-import-${process.pid}`, folder: join(base, 'l'), agents: 'idle' });
  expect(await project.cdktf('deploy', '--skip-synth', '--auto-approve')).toMatchObject({ code: 0 });
  expect(await lab.settles(90)).toBe(true);
  for (const [from, to] of [
    ['w-node2', 'w-node3'],
    ['w-node1', 'outside'],
  ])
    expect([from, to, await lab.reaches(from, lab.state.members[to].addresses[0], 10)]).toEqual([from, to, true]);

  importCalico([...RESOURCES].reverse());
  await plansNothing();
  writeFileSync(join(project.folder, 'main.ts'), MANIFEST);
  await plansNothing();
});
