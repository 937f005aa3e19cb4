/*
 * Agents of 0.1 say only in prose which step of a deploy an event is, which fields of a release they do not know, and
 * that they run a fabric file. Those of 0.2 send fields. Remove this file and its test in 0.3, which no longer deploys
 * to agents of 0.1.
 */
import type { AgentEvent, DeployVerb, EventStep } from './status';

const STEP = /^(stage|activate|confirm|finalise|rollback) activation (\d+),/;
const UNKNOWN_FIELD = /\bthere is no field (\w+)/g;

/** The step of a deploy that the text of an event tells. */
export function stepInWords({ kind, message }: Pick<AgentEvent, 'kind' | 'message'>): EventStep {
  const [, step, activation] = (kind === 'transaction' && STEP.exec(message)) || [];
  return step === undefined ? {} : { step: step as DeployVerb, activation: Number(activation) };
}

/** The fields, by name, that the refusal of a release calls unknown. */
export const unknownFieldsInWords = (code: string, message: string): string[] =>
  code === 'invalid' ? [...message.matchAll(UNKNOWN_FIELD)].map(([, field]) => field) : [];

/** Whether an owner, by its name, is a fabric file. */
export const isFileInWords = (owner: string): boolean => owner.startsWith('file ');
