// Passes connections to a port of its network namespace on to a socket, until it is killed: node relay.js PORT SOCKET
import { connect, createServer } from 'node:net';
import { argv } from 'node:process';

const [, , port, path] = argv;

createServer((outer) => {
  const inner = connect({ path });
  for (const [end, other] of [
    [outer, inner],
    [inner, outer],
  ] as const)
    end.on('error', () => {}).on('close', () => other.destroy());
  outer.pipe(inner).pipe(outer);
}).listen(Number(port), '127.0.0.1');
