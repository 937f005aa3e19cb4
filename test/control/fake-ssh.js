#!/usr/bin/env node
// Stands for ssh: notes that it was started, and bridges to the socket that FAKE_SOCKET names, or fails as FAKE_END
// (`code words`) says.
const { appendFileSync } = require('node:fs');
const { connect } = require('node:net');
appendFileSync(process.env.FAKE_LOG, `${process.argv.at(process.argv.indexOf('--') + 1)}\n`);
if (process.env.FAKE_END) {
  const [code, ...words] = process.env.FAKE_END.split(' ');
  process.stderr.write(`${words.join(' ')}\n`);
  process.exit(Number(code));
}
const socket = connect(process.env.FAKE_SOCKET);
// It ends by itself when all is written.
socket.on('close', () => process.stdin.destroy()).on('error', () => process.exit(7));
process.stdin.pipe(socket).pipe(process.stdout);
