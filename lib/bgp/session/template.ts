import type { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import type { SessionConfig } from './config';

/**
 * Neighbours that may come from a prefix without being named one by one (clients of a reflector, mostly): each gets a session of its own when it connects,
 * and only it dials. A session that is configured for an address goes before any template.
 */
export interface SessionTemplate extends Omit<SessionConfig, 'remoteAddress' | 'dial' | 'template'> {
  /** `local range port`: what makes it this template. */
  readonly key: string;
  /** Where neighbours may come from: of the family of {@link localAddress}. */
  readonly range: Prefix;
  /** Most neighbours at once, at least 1. */
  readonly limit: number;
}

/** The session of one neighbour that came. Its key is that of a session configured for the same address: one can take the other's place. */
export function sessionFrom({ range, limit: _, ...session }: SessionTemplate, remoteAddress: IpAddress): SessionConfig {
  const { key: template, name, localAddress, port } = session;
  return {
    ...session,
    key: `${localAddress} ${remoteAddress} ${port}`,
    name: `${name} ${remoteAddress}`,
    remoteAddress,
    dial: 'never',
    template,
  };
}

/** The template for a neighbour that connects to `local`: of several the one with the longest prefix. */
export function templateFor(
  templates: readonly SessionTemplate[],
  local: IpAddress,
  remote: IpAddress,
): SessionTemplate | undefined {
  const host = Prefix.host(remote);
  return templates
    .filter(({ localAddress, range }) => localAddress.equals(local) && range.contains(host))
    .reduce<SessionTemplate | undefined>(
      (best, each) => (best && best.range.length >= each.range.length ? best : each),
      undefined,
    );
}
