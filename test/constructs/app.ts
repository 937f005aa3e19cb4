import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack, Testing } from 'cdktf';
import { ProviderPackage } from '../../lib/provider/package';

/** The provider of these tests: any script will do, as Terraform does not run. */
export const PACKAGE = ProviderPackage.of(Buffer.from('#!/usr/bin/env node\n'), '0.1.0');

const folders: string[] = [];

beforeEach(() => {
  jest.spyOn(ProviderPackage, 'load').mockReturnValue(PACKAGE);
});
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An app that writes to a folder of its own, gone after the test. */
export function newApp(): App {
  const outdir = mkdtempSync(join(tmpdir(), 'peerform-app-'));
  folders.push(outdir);
  return Testing.app({ outdir });
}

/** A stack of an app of its own. */
export const newStack = (name = 'stack'): TerraformStack => new TerraformStack(newApp(), name);

/** What the stack is in cdk.tf.json, checked, without comments. */
export const synth = (stack: TerraformStack) => JSON.parse(Testing.synth(stack, true));

/** What synth says of a stack that it refuses: a line for each problem, without the place in the program. */
export const refusal = (stack: TerraformStack): string[] =>
  placedRefusal(stack).map((line) => line.replace(/\] [\w./-]+\.ts:\d+: /, '] '));

/** What it says in full. */
export function placedRefusal(stack: TerraformStack): string[] {
  try {
    synth(stack);
  } catch (error) {
    return String((error as Error).message)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('['));
  }
  return [];
}

/** What a person is told of a stack when its app is written. */
export interface Annotation {
  readonly constructPath: string;
  readonly level: string;
  readonly message: string;
}

/** Writes the stack's app; gives the folder of the stack and what is said of it. */
export function written(stack: TerraformStack): { folder: string; annotations: Annotation[] } {
  const app = App.of(stack);
  app.synth();
  const manifest = JSON.parse(readFileSync(join(app.outdir, 'manifest.json'), 'utf8'));
  return { folder: folderOf(stack), annotations: manifest.stacks[stack.node.id].annotations };
}

/** Where the stack is written. */
export const folderOf = (stack: TerraformStack): string => join(App.of(stack).outdir, 'stacks', stack.node.id);
