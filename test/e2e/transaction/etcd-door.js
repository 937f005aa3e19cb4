// Takes the requests to an agent from etcd and passes them on to a socket: node etcd-door.js
// etcd://host:2379/prefix/node /socket, until it is killed. A process of its own, as a test may stand in for the clock
// of its own process.
const { FleetListener } = require('../../../dist/agent/fleet/listener');
const { exchange } = require('../../../dist/control/http-exchange');
const { parseEndpoint } = require('../../../dist/model/endpoint');

const [, , endpoint, socket] = process.argv;
const execute = ({ method, path, body = '' }) =>
  exchange(socket, { method, path, body, headers: { 'content-length': Buffer.byteLength(body) }, timeout: 120_000 });
new FleetListener(parseEndpoint(endpoint), execute, { info: () => {}, warn: () => {} });
