import { join } from 'node:path';
import type { FleetDouble } from '../provider/agent-double';
import { CdktfProject } from './cdktf-project';
import { NODES, quickstartAgents } from './quickstart-agents';

jest.setTimeout(120_000); // A run of cdktf takes some six seconds.

describe('the quickstart, as a fresh project', () => {
  let fleet: FleetDouble, project: CdktfProject;
  const of = (node: string) => fleet.get(node);

  beforeAll(async () => {
    project = new CdktfProject('quickstart');
    project.env.PEERFORM_LAB = join(project.folder, 'lab');
    fleet = await quickstartAgents(join(project.folder, 'lab'));
  });
  afterAll(async () => {
    await fleet.stop();
    project.remove();
  });

  // Each step goes on where the one before it ended.
  test('its first diff runs with no registry and no CLI configuration, and tells the sessions', async () => {
    const { code, text } = await project.cdktf('diff');
    expect(text).toContain('Plan: 3 to add, 0 to change, 0 to destroy.');
    expect(text).toMatch(/"added: nodeToNodeMesh" += 6/);
    expect(code).toBe(0);
    expect(fleet.asked).toEqual([]);
  });

  test('its deploy takes every node there in one transaction', async () => {
    const { code, text } = await project.cdktf('deploy', '--auto-approve');
    expect(text).toMatch(/release =\s+"?sha256:[0-9a-f]{64}/);
    expect(code).toBe(0);
    for (const node of NODES) {
      expect(of(node).asked).toEqual(['stage', 'activate', 'confirm', 'finalise']);
      expect(of(node).running()?.fabric.asNumber.value).toBe(67111);
    }
  });

  test('the mesh off is a change of one line, and its diff says what that does', async () => {
    project.edit('nodeToNodeMesh: true', 'nodeToNodeMesh: false');
    const { code, text } = await project.cdktf('diff');
    expect(text).toMatch(/~ node_to_node_mesh += true -> false/);
    expect(text).toMatch(/"removed: nodeToNodeMesh" += 6/);
    expect(text).toContain('Plan: 0 to add, 3 to change, 0 to destroy.');
    expect(code).toBe(0);
  });

  test('a mistake stops at synth, with its place, and touches nothing', async () => {
    project.edit("'aa:bb::ff'", "'aa:bb::fg'");
    const { code, text } = await project.cdktf('diff');
    project.edit("'aa:bb::fg'", "'aa:bb::ff'");
    expect(text).toContain(
      '[quickstart/fabric/node1-tor] peers.node1-tor.address: "aa:bb::fg" is no IPv4 or IPv6 address',
    );
    expect(code).not.toBe(0);
  });

  test('a mistake of a type stops at the compiler', async () => {
    project.edit('nodeToNodeMesh: false', "nodeToNodeMesh: 'off'");
    const { code, text } = await project.cdktf('synth');
    project.edit("nodeToNodeMesh: 'off'", 'nodeToNodeMesh: false');
    expect(text).toMatch(/main\.ts.*error TS2322: Type 'string' is not assignable to type 'boolean/s);
    expect(code).not.toBe(0);
  });

  test('its destroy leaves the nodes clean', async () => {
    const { code, text } = await project.cdktf('destroy', '--auto-approve');
    expect(text).toContain('Destroy complete! Resources: 3 destroyed.');
    expect(code).toBe(0);
    for (const node of NODES) {
      expect(of(node).asked.at(-1)).toBe('remove');
      expect(of(node).running()).toBeUndefined();
    }
  });
});
