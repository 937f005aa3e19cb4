import { readFileSync } from 'node:fs';
import { Problem } from '../model/problem';
import { SecretReference } from '../model/secret-reference';

/**
 * The key that agents on this machine would resolve a reference to, from the environment or a file; undefined if none.
 */
export function realKey(text: string): string | undefined {
  const reference = SecretReference.parse(text);
  if (reference instanceof Problem || reference.source === 'secret') return undefined;
  if (reference.source === 'env') return process.env[reference.name];
  try {
    return readFileSync(reference.name, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined; // agents cannot read it either, and report it
  }
}
