import { Refused } from '../../control/client';
import { changesSince, FIRST_EDITION, NEWEST_EDITION } from '../../model/edition';
import type { Fabric } from '../../model/fabric';
import type { Problem } from '../../model/problem';
import { fabricShape } from '../../model/shape';
import { type Diagnostic, warning } from '../diagnostic';
import type { AttributeSchema, Values } from '../value';
import { problemsOf } from './fabric-values';

/**
 * What the configuration says, else what the fabric has had so far, else, of a new one, the newest: other packages
 * change no plan.
 */
export const EDITION: AttributeSchema = {
  type: 'number',
  set: 'defaulted',
  description: fabricShape().fields.edition.description,
};

const WITH = new WeakMap<Values, Map<number, Values>>();

/**
 * A configuration that says its edition, or with this one: of one configuration the same object each time, as readings
 * are kept by it.
 */
export function withEdition(config: Values, otherwise: number): Values {
  if (!isOpen(config)) return config;
  const all = WITH.get(config) ?? new Map<number, Values>();
  const values = all.get(otherwise) ?? { ...config, edition: otherwise };
  WITH.set(config, all.set(otherwise, values));
  return values;
}

const isOpen = ({ edition }: Values): boolean => (edition ?? null) === null;

/**
 * What is wrong with a configuration by itself: in which edition it is meant only its state says where it does not say
 * so.
 */
export function problemsByItself(config: Values): Diagnostic[] {
  const isMeant = ({ code }: Problem) => !isOpen(config) || code !== 'duplicate-router-id';
  return problemsOf(withEdition(config, NEWEST_EDITION), isMeant);
}

/** The edition of a state or of what was planned. */
export const editionOf = ({ edition }: Values): number => (typeof edition === 'number' ? edition : FIRST_EDITION);

/** What to do about agents that did not take a release for being older than editions; empty where none did so. */
export function tooOldFor({ edition }: Fabric, refusals: ReadonlyMap<string, Error>): string {
  const isOld = (error: Error) => error instanceof Refused && error.unknownFields.includes('edition');
  const old = [...refusals].flatMap(([node, error]) => (isOld(error) ? [node] : []));
  if (old.length === 0) return '';
  return `\nThe agents of ${old.sort().join(', ')} run a version that does not support edition ${edition}. Upgrade them and apply again, or set edition = ${FIRST_EDITION} until then.`;
}

/** Says once what a newer edition changes; who has written an edition knows of them. */
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
