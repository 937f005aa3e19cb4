import type { SessionTemplate } from '../bgp/session/template';
import type { Password, RunningSession, UnsignedSession } from './sessions';

/**
 * Looks up a secret: returns its name for the sockets, or why the session must stay down. Activation defaults to the
 * active one.
 */
type FindSecret = (reference: string, activation?: number) => { readonly name: string } | { readonly problem: string };

/** What a node runs, with secrets resolved to names. */
export interface Signed {
  readonly sessions: readonly RunningSession[];
  readonly templates: readonly SessionTemplate[];
}

/** Fails closed: a session or template whose secret is missing stays down and reports why. */
export const sign = (
  sessions: Iterable<UnsignedSession>,
  templates: readonly SessionTemplate[],
  find: FindSecret,
): Signed => ({
  sessions: [...signing(sessions, find)],
  templates: templates.map((template) => signTemplate(template, find)),
});

/** Signs these sessions lazily, so that a caller with thousands can yield in between. */
export function* signing(sessions: Iterable<UnsignedSession>, find: FindSecret): Generator<RunningSession> {
  for (const session of sessions) yield signSession(session, find);
}

export function signTemplate(template: SessionTemplate, find: FindSecret): SessionTemplate {
  if (template.authentication === undefined) return template;
  const found = find(template.authentication);
  return 'name' in found ? { ...template, authentication: found.name } : { ...template, blocked: found.problem };
}

function signSession(
  { session, config, passwords: [own, ...others] }: UnsignedSession,
  find: FindSecret,
): RunningSession {
  const look = ({ reference, activation }: Password) =>
    reference === undefined ? { name: null } : find(reference, activation);
  const found = look(own);
  if ('problem' in found) return { session, config: { ...config, blocked: found.problem } };
  const names = others.flatMap((other) => {
    const another = look(other);
    return 'name' in another && another.name !== found.name ? [another.name] : [];
  });
  return {
    session,
    config: {
      ...config,
      ...(found.name !== null && { authentication: found.name }),
      ...(names.length > 0 && { otherAuthentications: [...new Set(names)] }),
    },
  };
}
