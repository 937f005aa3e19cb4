import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { namesAsked } from '../names-asked';
import { CASES, testsOf } from './alert-cases';

const root = join(__dirname, '../..');
const at = (path: string) => join(root, path);
const read = (path: string) => readFileSync(at(path), 'utf8');
const RULES = 'packaging/prometheus/peerform.rules.yaml';
const withPromtool = spawnSync('promtool', ['--version']).error ? test.skip : test;
const promtool = (...args: string[]) => spawnSync('promtool', args, { encoding: 'utf8' });

function inFile(text: string, body: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-promtool-'));
  const file = join(folder, 'file.yaml');
  writeFileSync(file, text);
  try {
    body(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}
const rules = (parse(read(RULES)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

describe('the alerts', () => {
  withPromtool('are rules that Prometheus takes (promtool, of the package prometheus)', () => {
    expect(promtool('check', 'rules', '--lint-fatal', at(RULES))).toMatchObject({ status: 0 });
  });

  withPromtool('fire for what is wrong, and for nothing else', () => {
    inFile(testsOf(at(RULES)), (file) => {
      const { status, stdout } = promtool('test', 'rules', file);
      expect([status, stdout]).toEqual([0, expect.stringContaining('SUCCESS')]);
    });
  });

  test('are each tried', () => {
    const tried = new Set(CASES.flatMap(([, , , , alerts]) => alerts));
    expect(rules.filter(({ alert }) => !tried.has(alert)).map(({ alert }) => alert)).toEqual([]);
  });

  test('each lead to what to do first', () => {
    const page = read('docs/alerts.md');
    const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(rules.map(({ alert }) => alert));
    for (const { alert, annotations } of rules)
      expect(annotations.runbook).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
  });
});

describe('the dashboard', () => {
  const { panels } = JSON.parse(read('packaging/prometheus/peerform-dashboard.json')) as {
    panels: { title: string; targets: { expr: string }[]; gridPos: { x: number; y: number; w: number; h: number } }[];
  };

  withPromtool('asks what Prometheus understands', () => {
    const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$instance', '.*')));
    const records = asked.map((expr, i) => ({ record: `asked:${i}`, expr }));
    inFile(JSON.stringify({ groups: [{ name: 'dashboard', rules: records }] }), (file) => {
      const { status, stderr } = promtool('check', 'rules', file);
      expect([status, stderr]).toEqual([0, '']);
    });
  });

  test('has each panel in a place of its own', () => {
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    );
    expect(new Set(places).size).toBe(places.length);
  });
});

test('the page names what alerts and dashboard ask for', () => {
  const page = read('docs/alerts.md');
  const asked = namesAsked().filter((name) => name.startsWith('peerform_'));
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.filter((name) => !page.includes(name.replace('peerform_', '')))).toEqual([]);
});
