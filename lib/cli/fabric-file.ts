import { readFileSync } from 'node:fs';
import type { Fabric } from '../model/fabric';
import { InvalidInput } from '../model/problem';
import { readFabric } from '../model/read';
import { specOf } from '../provider/spec';
import type { Values } from '../provider/value';
import { CommandError } from './exit-codes';

/** What a file says: a fabric, and of a stack how it is to be rolled out. */
export interface FabricFile {
  readonly fabric: Fabric;
  readonly waves: readonly (readonly string[])[];
  readonly allowDisruption: boolean;
}

/**
 * Reads a fabric from a file of JSON: a fabric in the model's own words, or `cdk.tf.json` as `cdktf synth` writes it. `name` picks one of
 * several fabrics of a stack. Throws {@link InvalidInput} with all problems, {@link CommandError} where it holds no fabric.
 */
export function readFabricFile(path: string, name?: string): FabricFile {
  const content = parse(path),
    attributes = attributesIn(content, path, name);
  const { fabric, problems } = readFabric(attributes ? specOf(attributes) : content);
  if (!fabric) throw new InvalidInput(problems, path);
  const waves = (attributes?.waves ?? []) as string[][];
  return { fabric, waves, allowDisruption: attributes?.allow_disruption === true };
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path === '-' ? 0 : path, 'utf8'));
  } catch (error) {
    throw new CommandError('usage', `${path}: ${(error as Error).message}`);
  }
}

/** The attributes of the resource `peerform_fabric` of a stack; undefined where the file is none. */
function attributesIn(content: unknown, path: string, name?: string): Values | undefined {
  if (typeof content !== 'object' || content === null || !('resource' in content)) return undefined;
  const { peerform_fabric: found = {} } = content.resource as { peerform_fabric?: Record<string, Values> };
  const all = Object.values(found).filter((fabric) => name === undefined || fabric.name === name);
  if (all.length === 1) return all[0];
  const known = Object.values(found).map((fabric) => String(fabric.name));
  const what = known.length === 0 ? 'holds no fabric' : `holds the fabrics ${known.join(', ')}; pick one by --fabric`;
  throw new CommandError('usage', `${path} ${what}`);
}
