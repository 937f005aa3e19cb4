import { parseEndpoint } from '../../lib/model/endpoint';
import { Problem } from '../../lib/model/problem';

describe('an endpoint', () => {
  test.each([
    ['unix:///run/peerform/agent.sock', { scheme: 'unix', path: '/run/peerform/agent.sock' }],
    ['ssh://node1', { scheme: 'ssh', host: 'node1' }],
    ['ssh://node1/', { scheme: 'ssh', host: 'node1' }],
    ['ssh://deploy@node1.example.net:2222', { scheme: 'ssh', user: 'deploy', host: 'node1.example.net', port: 2222 }],
    ['ssh://10.0.0.1/tmp/a.sock', { scheme: 'ssh', host: '10.0.0.1', path: '/tmp/a.sock' }],
    ['ssh://root@[fd00::1]:22/a', { scheme: 'ssh', user: 'root', host: 'fd00::1', port: 22, path: '/a' }],
    ['ssh://[fe80::1%eth0]', { scheme: 'ssh', host: 'fe80::1%eth0' }],
    ['etcd://e1/lab/n1', { scheme: 'etcd', hosts: ['e1:2379'], prefix: 'lab', node: 'n1' }],
    [
      'etcd://e1.example.net:2379,10.0.0.2:1234,[fd00::3]/lab-2/n.1',
      {
        scheme: 'etcd',
        hosts: ['e1.example.net:2379', '10.0.0.2:1234', '[fd00::3]:2379'],
        prefix: 'lab-2',
        node: 'n.1',
      },
    ],
  ])('%s is read', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });

  test.each([
    'ssh://-oProxyCommand=reboot',
    'ssh://-oProxyCommand=reboot@node1',
    'ssh://[-oProxyCommand=reboot]',
    'ssh://[fd00::1%-x]',
    'ssh://node1;reboot',
    'ssh://$(reboot)',
    'ssh://a b',
    'ssh://node1/tmp/$(reboot)',
    "ssh://node1/tmp/a'b",
    'ssh://node1/tmp/a b',
    'ssh://node1/tmp/a\nb',
    'ssh://node1:0',
    'ssh://node1:65536',
    'ssh://node1:ssh',
    'ssh://node1:',
    'ssh://@node1',
    'ssh://a:b@node1',
    'ssh://fd00::1',
    'ssh://[10.0.0.1]',
    'ssh://',
    'ssh:node1',
    'etcd://e1',
    'etcd://e1/lab',
    'etcd://e1/lab/',
    'etcd://e1/lab/n1/',
    'etcd:///lab/n1',
    'etcd://e1,/lab/n1',
    'etcd://e1:0/lab/n1',
    'etcd://e1:65536/lab/n1',
    'etcd://user@e1/lab/n1',
    'etcd://[e1]/lab/n1',
    'etcd://fd00::1/lab/n1',
    'etcd://e1/l%61b/n1',
    'etcd://e1/lab/n1?x',
    'unix://relative',
    'http://node1',
    '',
  ])('%j is refused with a reason', (text) => {
    const problem = parseEndpoint(text);
    expect(problem).toBeInstanceOf(Problem);
    expect((problem as Problem).message).toContain(JSON.stringify(text));
  });
});
