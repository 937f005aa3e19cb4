import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { transformSync } from '@swc/core';
import { readFabricFile } from '../../lib/cli/fabric-file';
import { canonicalFabric } from '../../lib/model/canonical';

const ROOT = resolve(__dirname, '../..');

/** The blocks of a language in a page of the documentation, in order; without the indent of those in a list. */
export const blocksOf = (page: string, language: string): string[] =>
  [
    ...readFileSync(join(ROOT, 'docs', page), 'utf8').matchAll(
      new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\``, 'gm'),
    ),
  ].map(([, indent, block]) => block.replace(new RegExp(`^${indent}`, 'gm'), ''));

/** What `--fabric` of an agent reads, from a program that a page shows: its one stack is synthesized in this folder. */
export function fabricOf(program: string, stack: string, folder: string): unknown {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  symlinkSync(ROOT, join(modules, 'peerform'));
  for (const name of ['cdktf', 'constructs', '@cdktf'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  const { code } = transformSync(program, { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
  writeFileSync(join(folder, 'main.js'), code);
  execFileSync(process.execPath, ['--preserve-symlinks', 'main.js'], { cwd: folder, stdio: 'pipe' });
  const { fabric } = readFabricFile(join(folder, `cdktf.out/stacks/${stack}/cdk.tf.json`));
  const plain = canonicalFabric(fabric) as { nodes: Record<string, object> };
  const nodes = Object.entries(plain.nodes).map(([name, node]) => [
    name,
    { ...node, endpoint: fabric.nodes[name].endpoint },
  ]);
  return { ...plain, nodes: Object.fromEntries(nodes) };
}
