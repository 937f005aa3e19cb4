import { readFileSync } from 'node:fs';
import { Problem } from '../model/problem';
import { SecretReference } from '../model/secret-reference';

/**
 * The key that agents on this machine find for a reference, as they get it from their environment or a file; undefined:
 * they find none by themselves.
 */
export function realKey(text: string): string | undefined {
  const reference = SecretReference.parse(text);
  if (reference instanceof Problem || reference.source === 'secret') return undefined;
  if (reference.source === 'env') return process.env[reference.name];
  try {
    return readFileSync(reference.name, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined; // agents cannot read it either, and say so
  }
}
