import type { z } from 'zod';
import { type Fabric, fabricSchema } from './fabric';
import { PROBLEMS, Problem, type ProblemCode } from './problem';
import { crossProblems } from './rules';

/** Stands for a value that is not known yet (a Terraform unknown): it is no problem where a value could stand. */
export const UNKNOWN = Symbol('unknown');

/** What came of reading a fabric: the fabric, or all its problems; neither where values are still unknown. */
export interface Reading {
  readonly fabric?: Fabric;
  readonly problems: readonly Problem[];
}

/** Reads and checks a fabric: every problem at once, each with its path; rules over known values also where others are unknown. */
export function readFabric(spec: unknown): Reading {
  return readingOf(spec, crossProblems(spec));
}

/**
 * Reads a fabric that was accepted before, perhaps by a version that had fewer rules: it must only have the shape of one. What runs goes on
 * running, and is what a change is compared with; what is to come is read by {@link readFabric}.
 */
export const readAccepted = (spec: unknown): Reading => readingOf(spec, []);

function readingOf(spec: unknown, broken: readonly Problem[]): Reading {
  const parsed = fabricSchema.safeParse(spec);
  const shape = parsed.success ? [] : parsed.error.issues.flatMap((issue) => fromIssue(issue, spec));
  const problems = [...shape, ...broken];
  return parsed.success && problems.length === 0 && !holdsUnknown(spec)
    ? { fabric: parsed.data, problems }
    : { problems };
}

function fromIssue(issue: z.core.$ZodIssue, spec: unknown): Problem[] {
  if (issue.code === 'invalid_key')
    return issue.issues.flatMap((inner) => fromIssue({ ...inner, path: issue.path }, spec));
  if (issue.path.some((_, i) => at(spec, issue.path.slice(0, i + 1)) === UNKNOWN)) return [];
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) =>
      Problem.of('unknown-field', `there is no field ${key}`, path === '' ? key : `${path}.${key}`),
    );
  const named = issue.code === 'custom' ? issue.params?.problem : undefined;
  const code = (typeof named === 'string' && named in PROBLEMS ? named : 'shape') as ProblemCode;
  return [Problem.of(code, messageOf(issue, at(spec, issue.path)), path)];
}

/** What is wrong with a value that zod itself refused, with the value; a value class speaks for its own. */
function messageOf(issue: z.core.$ZodIssue, value: unknown): string {
  const shown = JSON.stringify(value);
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined || value === null
        ? 'what must stand here is missing'
        : `${shown} is no ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `${shown ?? 'nothing'} is none of ${issue.values.join(', ')}`;
    case 'too_small':
      return `${shown} is too short: there must be ${issue.minimum} or more`;
    case 'too_big':
      return `there are more than ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/** What zod calls the kinds of values. */
const TYPES: Readonly<Record<string, string>> = {
  boolean: 'truth value: true or false',
  string: 'text',
  array: 'list',
  object: 'mapping',
  record: 'mapping',
};

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

function holdsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsUnknown);
}
