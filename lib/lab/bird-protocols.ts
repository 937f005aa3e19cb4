/**
 * The protocols of a BIRD, by the lines of `birdc show protocols` (it has no other form): name, protocol, table, state, since (a time, perhaps after a date), and
 * in a word or more what it has come to, which for BGP begins with the state of the session.
 */
export const birdProtocols = (stdout: string): { readonly protocol: string; readonly info?: string }[] =>
  stdout.split('\n').flatMap((line) => {
    const [, protocol, , , ...rest] = line.trim().split(/\s+/);
    return protocol === undefined ? [] : [{ protocol, info: rest.find((word) => !SINCE.test(word)) }];
  });

const SINCE = /^[\d:.-]+$/;
