import type { Fabric } from '../../model/fabric';
import { SecretReference } from '../../model/secret-reference';
import { type Diagnostic, error } from '../diagnostic';
import { type AttributeSchema, isValues, type Values } from '../value';

/**
 * Secrets are separate from the release, and never in the plan or state. One map, because a write-only leaf within
 * another map makes Terraform slow.
 */
export const SECRETS = {
  secrets_wo: {
    type: { map: 'string' },
    set: 'optional',
    isWriteOnly: true,
    description: 'Values of the `secret:NAME` references, by name. Delivered to the agents and stored nowhere else.',
  },
  secrets_version: {
    type: 'number',
    set: 'optional',
    description: 'Changing this makes the agents take the secrets again: the reviewed step of a rotation.',
  },
} as const satisfies Record<string, AttributeSchema>;

/** Names used in a fabric's `secret:` references. */
function secretNames(fabric: Fabric): string[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (value instanceof SecretReference) {
      if (value.source === 'secret') names.add(value.name);
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  for (const part of [fabric, ...Object.values(fabric)]) if (part !== fabric.filters && part !== fabric) visit(part);
  return [...names].sort();
}

/** The configured secrets that a fabric refers to; problems if one is missing. */
export function secretsFor(
  fabric: Fabric,
  { secrets_wo: given }: Values,
): { readonly secrets: Readonly<Record<string, string>> } | { readonly problems: Diagnostic[] } {
  const names = secretNames(fabric);
  const all = isValues(given) ? given : {};
  const missing = names.filter((name) => typeof all[name] !== 'string' || all[name] === '');
  if (missing.length > 0)
    return {
      problems: missing.map((name) =>
        error(
          `secrets_wo: there is no secret ${name}`,
          `The fabric refers to secret:${name}: its sessions would stay down. Nothing was changed.`,
          ['secrets_wo'],
        ),
      ),
    };
  return { secrets: Object.fromEntries(names.map((name) => [name, all[name] as string])) };
}
