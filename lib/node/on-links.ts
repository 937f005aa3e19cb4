import { onLink, placed } from '../topology/link-end';
import type { RunningSession } from './sessions';

/** The sessions of a node whose interfaces with these names are up: those of patterns are one for each that matches. */
export function onLinks(sessions: readonly RunningSession[], links: readonly string[]): readonly RunningSession[] {
  if (!sessions.some(({ session }) => session.interface !== undefined)) return sessions;
  return placed(sessions, links, ({ session, config: { retiring } }) => ({
    ...session,
    ...(retiring && { isRetiring: true }),
  })).map(({ of, link }): RunningSession => {
    if (link === undefined) return of;
    const session = onLink(of.session, link);
    const { key, localAddress, remoteAddress } = session;
    return {
      ...of,
      session,
      pattern: of.session,
      config: { ...of.config, key, localAddress, remoteAddress, interface: link },
    };
  });
}
