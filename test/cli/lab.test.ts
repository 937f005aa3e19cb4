import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nextStep, readFile } from '../../lib/cli/command/lab';

const lab = { folder: '/run/peerform/lab/edge', handle: 'edge' };

test('a lab that waits says how to deploy into it, in each kind of project', () => {
  expect(nextStep(lab, true)).toContain('LAB=/run/peerform/lab/edge npx cdktf deploy');
  expect(nextStep(lab, true, true)).toContain('through etcd');
  expect(nextStep(lab, true, true)).not.toContain('LAB=');
  expect(nextStep(lab, true)).toContain('terraform apply -var lab=/run/peerform/lab/edge');
});

test('a lab that runs its fabric says how to look at it, and how to have one that waits', () => {
  expect(nextStep(lab, false)).toContain('peerform status --lab edge.');
  expect(nextStep(lab, false)).toMatch(/peerform lab down --dir \/run\/peerform\/lab\/edge, then .* --idle$/);
});

describe('the fabric of a lab', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lab-fabric-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /**
   * What `terraform show -json` prints of a plan that makes fabrics, whose endpoints are known only afterwards, and
   * destroys one.
   */
  const plan = (...names: string[]) => {
    const change = (name: string) => ({
      type: 'peerform_fabric',
      change: {
        ...{ actions: ['create'], before: null },
        after: { name, nodes: { node1: { ipv4_address: '10.0.0.1' } } },
        after_unknown: { nodes: { node1: { endpoint: true } } },
      },
    });
    const gone = { name: 'gone', nodes: { node1: { ipv4_address: '10.0.0.1' } } };
    const destroyed = { type: 'peerform_fabric', change: { actions: ['delete'], before: gone, after: null } };
    const path = join(folder, 'plan.json');
    writeFileSync(
      path,
      JSON.stringify({
        format_version: '1.2',
        resource_changes: [...names.map(change), ...(names.length > 1 ? [destroyed] : [])],
      }),
    );
    return path;
  };

  test('may be that of a plan', () => {
    expect(readFile(plan('one')).name).toBe('one');
    expect(readFile(plan('one'), 'my-lab').nodes.node1.ipv4Address?.toString()).toBe('10.0.0.1');
  });

  test('is, of several in a plan, the one that is called as the lab', () => {
    expect(readFile(plan('one', 'two'), 'two').name).toBe('two');
    for (const name of [undefined, 'gone', 'three'])
      expect(() => readFile(plan('one', 'two'), name)).toThrow(
        'plan.json contains the fabrics one, two; choose one with --name',
      );
  });

  test('is the sample where none is given', () => {
    expect(readFile().name).toBe('lab');
  });
});
