import { z } from 'zod';

/** Version of the paths; another, incompatible protocol gets another. */
export const API = '/v1';

const command = z.strictObject({
  node: z.string(),
  owner: z.string().min(1),
  release: z.string(),
  activation: z.int().min(1),
});

/** The verbs that change an agent and what each carries; client and server both go by this table. */
export const VERBS = {
  /** The release was delivered before, to `/release`. */
  stage: command,
  activate: command.extend({
    /** Seconds until the agent returns by itself if no confirmation comes. */
    confirmWithin: z.int().min(1).max(86400),
  }),
  confirm: command,
  finalise: command,
  rollback: command.extend({ reason: z.string() }),
  remove: z.strictObject({ node: z.string(), owner: z.string().min(1) }),
} as const;

export type Verb = keyof typeof VERBS;
export type Request<V extends Verb> = z.infer<(typeof VERBS)[V]>;

/** The body of every answer that is not 200. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}
