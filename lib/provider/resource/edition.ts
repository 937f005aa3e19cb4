import { Refused } from '../../control/client';
import { changesSince, FIRST_EDITION, NEWEST_EDITION } from '../../model/edition';
import type { Fabric } from '../../model/fabric';
import type { Problem } from '../../model/problem';
import { fabricShape } from '../../model/shape';
import { type Diagnostic, warning } from '../diagnostic';
import type { AttributeSchema, Values } from '../value';
import { problemsOf } from './fabric-values';

/**
 * The configured edition, or else the fabric's current one or, for a new fabric, the newest: upgrading the package
 * changes no plan.
 */
export const EDITION: AttributeSchema = {
  type: 'number',
  set: 'defaulted',
  description: fabricShape().fields.edition.description,
};

const WITH = new WeakMap<Values, Map<number, Values>>();

/**
 * The configuration with this edition unless it sets one. The same configuration always returns the same object,
 * because readings are cached by it.
 */
export function withEdition(config: Values, otherwise: number): Values {
  if (!isOpen(config)) return config;
  const all = WITH.get(config) ?? new Map<number, Values>();
  const values = all.get(otherwise) ?? { ...config, edition: otherwise };
  WITH.set(config, all.set(otherwise, values));
  return values;
}

const isOpen = ({ edition }: Values): boolean => (edition ?? null) === null;

/** Problems of a configuration without its state. If it does not set the edition, only the state knows it. */
export function problemsByItself(config: Values): Diagnostic[] {
  const isMeant = ({ code }: Problem) => !isOpen(config) || code !== 'duplicate-router-id';
  return problemsOf(withEdition(config, NEWEST_EDITION), isMeant);
}

/** The edition of a state or plan. */
export const editionOf = ({ edition }: Values): number => (typeof edition === 'number' ? edition : FIRST_EDITION);

/** Remedy for agents that rejected a release because they are too old for editions; empty if none did. */
export function tooOldFor({ edition }: Fabric, refusals: ReadonlyMap<string, Error>): string {
  const isOld = (error: Error) => error instanceof Refused && error.unknownFields.includes('edition');
  const old = [...refusals].flatMap(([node, error]) => (isOld(error) ? [node] : []));
  if (old.length === 0) return '';
  return `\nThe agents of ${old.sort().join(', ')} run a version that does not support edition ${edition}. Upgrade them and apply again, or set edition = ${FIRST_EDITION} until then.`;
}

/** Warns once about what a newer edition changes, unless the edition is set explicitly. */
export function editionWarnings({ name, edition }: Fabric, config: Values): Diagnostic[] {
  if (edition >= NEWEST_EDITION || typeof config.edition === 'number') return [];
  const changes = changesSince(edition).map((change) => `\n  - ${change}`);
  return [
    warning(
      `Fabric ${name} uses the defaults of edition ${edition}`,
      `They do not change by themselves. In edition ${NEWEST_EDITION}:${changes.join('')}\nSet edition = ${NEWEST_EDITION} to get these once every agent supports it (the plan then shows the effect on sessions), or edition = ${edition} to silence this warning.`,
      ['edition'],
    ),
  ];
}
