import { Problem } from '../model/problem';

/** Where an agent is reached. */
export type Endpoint = { readonly scheme: 'unix'; readonly path: string };

/** Reads `unix:///run/peerform/agent.sock`. */
export function parseEndpoint(text: string): Endpoint | Problem {
  const unix = /^unix:\/\/(\/.+)$/.exec(text);
  if (unix) return { scheme: 'unix', path: unix[1] };
  return Problem.of('endpoint', `${JSON.stringify(text)} is no endpoint`);
}
