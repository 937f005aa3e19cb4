import { explainEnd, sshArguments } from '../../lib/control/ssh';
import { parseEndpoint } from '../../lib/model/endpoint';
import { Problem } from '../../lib/model/problem';

const ssh = (text: string) => {
  const endpoint = parseEndpoint(text);
  if (endpoint instanceof Problem || endpoint.scheme !== 'ssh') throw new Error(String(endpoint));
  return endpoint;
};

describe('the ssh client', () => {
  test('is given what the endpoint says and the bridge to run there, and never asks anybody', () => {
    const args = sshArguments(ssh('ssh://root@node1:2222/tmp/a.sock'), '/etc/peerform/ssh_config');
    expect(args.slice(0, 2)).toEqual(['-F', '/etc/peerform/ssh_config']);
    expect(args).toContain('BatchMode=yes');
    expect(args.slice(args.indexOf('-l'))).toEqual(
      ['-l', 'root', '-p', '2222', '--', 'node1', 'peerform', 'agent', 'dial', '--socket', '/tmp/a.sock'], //
    );
  });

  test('keeps to its own configuration where nothing else is said', () => {
    const args = sshArguments(ssh('ssh://node1'));
    expect([args.includes('-F'), args.includes('-l'), args.includes('-p'), args.includes('--socket')]).toEqual(
      new Array(4).fill(false),
    );
  });

  test.each([
    [255, 'ssh: Could not resolve hostname nx: Name or service not known', 'no such host (Could not'],
    [255, 'Host key verification failed.', 'host key verification failed: check the key'],
    [255, 'root@10.0.0.2: Permission denied (publickey).', 'the host refused the login'],
    [255, 'ssh: connect to host 10.0.0.2 port 22: Connection refused', 'the host does not respond'],
    [255, 'kex_exchange_identification: read: reset', 'ssh failed (kex_exchange'],
    [127, 'sh: 1: peerform: not found', 'peerform is not installed there'],
    [2, "error: unknown command 'dial'", 'the peerform installed there is too old'],
    [7, 'peerform: /run/a: there is no such socket', 'no agent could be reached there (/run/a: there is no such'],
    [null, '', 'no agent could be reached there'],
  ])('that ended with %p and %j is explained', (code, said, text) => {
    expect(explainEnd({ code, said })).toContain(text);
  });
});
