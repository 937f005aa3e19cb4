// A hostile station: sends router advertisements on a link, with a hop limit and from sources as told.
//   node advertise.js LINK HOP_LIMIT COUNT[/MS] SOURCE…     MS between two; each source must be an address of the link
const { networkInterfaces } = require('node:os');
const { readFileSync } = require('node:fs');
const ffi = require('../../../dist/kernel/system/ffi.js');
const { IpAddress } = require('../../../dist/model/address.js');
const { socketAddress } = require('../../../dist/kernel/codec/socket-address.js');

const [link, hopLimit, count, ...sources] = process.argv.slice(2);
const [IPV6, HOPS] = [41, 18];
const failed = ffi.loadSystem();
if (failed) throw new Error(String(failed));
const index = Number(readFileSync(`/sys/class/net/${link}/ifindex`, 'utf8'));
if (!networkInterfaces()[link]) throw new Error(`there is no ${link}`);

const nodes = socketAddress(IpAddress.parse('ff02::1'), 0, index);
const advertisement = Uint8Array.of(134, 0, 0, 0, 64, 0, 0x07, 0x08, ...new Array(8).fill(0));
const sure = (result, what) => {
  if (result < 0) throw new Error(`${what}: ${result}`);
  return result;
};
const stations = sources.map((source) => {
  const fd = sure(ffi.socket(10, ffi.SOCK.raw | ffi.SOCK.cloexec, 58), 'socket');
  sure(ffi.setOption(fd, IPV6, HOPS, Number(hopLimit)), 'hop limit');
  sure(ffi.bind(fd, socketAddress(IpAddress.parse(source), 0, index)), source);
  return fd;
});
const [times, gap] = count.split('/').map(Number);
const sendAll = () => {
  for (const fd of stations) sure(ffi.sendTo(fd, advertisement, nodes), 'send');
};
if (gap === undefined) for (let i = 0; i < times; i++) sendAll();
else {
  let left = times;
  const timer = setInterval(() => (left-- > 0 ? sendAll() : clearInterval(timer)), gap);
}
