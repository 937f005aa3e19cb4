// A BGP speaker that sends as many attributes as it may: node attribute-flood.js LOCAL REMOTE AS UPDATES UPDATEs of the
// longest kind (RFC 8654), each with attributes and a /32 of its own; says how many went out and what it was told in
// the end.
const { connect } = require('node:net');
const [, , local, remote, as, updates] = process.argv;

const message = (type, body) => {
  const header = Buffer.alloc(19, 0xff);
  header.writeUInt16BE(19 + body.length, 16);
  header[18] = type;
  return Buffer.concat([header, body]);
};
const open = (number) => {
  const capabilities = Buffer.from([1, 4, 0, 1, 0, 1, 6, 0, 65, 4, 0, 0, number >> 8, number & 255]);
  const id = Buffer.from(local.split('.').map(Number));
  const head = Buffer.from([
    4,
    number >> 8,
    number & 255,
    0,
    90,
    ...id,
    capabilities.length + 2,
    2,
    capabilities.length,
  ]);
  return message(1, Buffer.concat([head, capabilities]));
};
const update = (number, i) => {
  const [high, mid, low] = [(i >> 16) & 255, (i >> 8) & 255, i & 255];
  const known = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, number >> 8, number & 255];
  const hop = [0x40, 3, 4, ...local.split('.').map(Number)];
  const unknown = Buffer.alloc(65_300);
  unknown.set([0xd0, 200, (unknown.length - 4) >> 8, (unknown.length - 4) & 255, high, mid, low]);
  const attributes = Buffer.concat([Buffer.from([...known, ...hop]), unknown]);
  const lengths = Buffer.from([0, 0, attributes.length >> 8, attributes.length & 255]);
  return message(2, Buffer.concat([lengths, attributes, Buffer.from([32, 20, high, mid, low])]));
};

const socket = connect({ host: remote, port: 179, localAddress: local });
let sent = 0;
let told = '';
let rest = Buffer.alloc(0);
const go = () => {
  while (sent < Number(updates) && !socket.destroyed) if (!socket.write(update(Number(as), sent++))) return;
};
socket.on('connect', () => socket.write(open(Number(as))));
socket.on('drain', () => sent > 0 && go());
socket.on('error', () => {});
socket.on('data', (chunk) => {
  rest = Buffer.concat([rest, chunk]);
  while (rest.length >= 19 && rest.length >= rest.readUInt16BE(16)) {
    const length = rest.readUInt16BE(16);
    const type = rest[18];
    if (type === 1) socket.write(message(4, Buffer.alloc(0)));
    if (type === 4 && sent === 0) go();
    if (type === 3) told = `${rest[19]}/${rest[20]}`;
    rest = rest.subarray(length);
  }
});
socket.on('close', () => process.stdout.write(`sent ${sent} UPDATEs, told ${told}\n`));
