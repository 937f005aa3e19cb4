import { Rib } from '../../../lib/bgp/rib/rib';
import { BGP_HEADER_LENGTH } from '../../../lib/bgp/wire/message';
import { takenChanges } from '../../bgp/rib/taken-changes';
import { context, ip, Listener, peer, ROUTER_ID } from '../../bgp/rib/world';
import { OwnNode } from '../../kernel/own-node';

/*
 * What neighbours say, octet by octet, and what becomes of it on a node whose shared link is 10.0.0.0/24 and fd00::/64.
 */

const MARKER = 'ff'.repeat(16);
const ADDRESS6 = `fd${'00'.repeat(14)}`;
/** As FRR sends it with `redistribute connected` on the shared link: the length of the rest, next hop fd00::2. */
const update6 = (length: string, reach: string, nlri: string) =>
  `${MARKER}${length}020000${reach}00020110${ADDRESS6}0200${nlri}4001010040020602010000fdea`;
const update4 = (length: string, nlri: string) =>
  `${MARKER}${length}02000000144001010040020602010000fdea4003040a000002${nlri}`;

/** The node, with a neighbour at 10.0.0.2 and fd00::2, and the gateways of its own default routes on the same link. */
function node() {
  const one = new OwnNode()
    .address('10.0.0.1/24')
    .address('fd00::1/64')
    .route('10.0.0.0/24')
    .route('fd00::/64', { metric: 256 })
    .route('0.0.0.0/0', { protocol: 16, metric: 100, gateways: [ip('10.0.0.254')] })
    .route('::/0', { protocol: 9, metric: 1024, gateways: [ip('fd00::254')] })
    .neighbours('10.0.0.2', 'fd00::2', '10.0.0.3', 'fd00::3');
  const hear = (message: string) => {
    const rib = new Rib({ routerId: ROUTER_ID });
    const [from, to] = [peer(2, 65002), peer(3, 65003)];
    const [source, other] = [from, to].map((one) => rib.addPeer(one));
    const bytes = Buffer.from(message, 'hex');
    const listener = new Listener(context(to));
    expect(bytes.readUInt16BE(16)).toBe(bytes.length);
    rib.peerUp(source, { ...context(from), peerRouterId: 0x0b000002 });
    rib.peerUp(other, { ...context(to), peerRouterId: 0x0b000003 });
    expect(rib.update(source, bytes, BGP_HEADER_LENGTH, bytes.length)).toEqual({ kind: 'accept' });
    listener.listen(rib, other);
    let said: { prefix: string; reason: string | undefined } | undefined;
    for (const { prefix, nextHops } of takenChanges(rib)) {
      const via = nextHops!.map(({ address }) => ({ address }));
      said = { prefix: String(prefix), reason: one.why(String(prefix), { via }) };
    }
    return { ...said, isToldOn: listener.routes.has(said!.prefix) };
  };
  const carrier = (isThere: boolean) => one.link(2, true, isThere);
  return { hear, carrier };
}

const CONNECTED = 'the link eth0 is connected to it';
const OWN = 'it is an address of this node (eth0)';
const way = (to: string) => `it would change the path to ${to} on the link eth0`;

describe('a neighbour says', () => {
  test.each([
    ['the subnet of the link', 'fd00::/64', CONNECTED, update6('0046', '002f900e001e', '40fd00000000000000')],
    ['the address of the node', 'fd00::1/128', OWN, update6('004e', '0037900e0026', `80${ADDRESS6}01`)],
    [
      'that of another neighbour',
      'fd00::3/128',
      way('neighbour fd00::3'),
      update6('004e', '0037900e0026', `80${ADDRESS6}03`),
    ],
    [
      'a part of the link with a gateway',
      'fd00::/65',
      way('neighbour fd00::3'),
      update6('0047', '0030900e001f', '41fd0000000000000000'),
    ],
    ['the subnet of the link', '10.0.0.0/24', CONNECTED, update4('002f', '180a0000')],
    ['the address of the node', '10.0.0.1/32', OWN, update4('0030', '200a000001')],
    ['that of another neighbour', '10.0.0.3/32', way('neighbour 10.0.0.3'), update4('0030', '200a000003')],
    ['that of a gateway', '10.0.0.254/32', way('gateway 10.0.0.254'), update4('0030', '200a0000fe')],
    ['a part of the link with a gateway', '10.0.0.128/25', way('gateway 10.0.0.254'), update4('0030', '190a000080')],
  ])('%s (%s): it is told on and not written', (_, prefix, reason, message) => {
    expect(node().hear(message)).toEqual({ prefix, reason, isToldOn: true });
  });

  test.each([
    ['its own address', 'fd00::2/128', update6('004e', '0037900e0026', `80${ADDRESS6}02`)],
    ['an anycast address on the link', 'fd00::77/128', update6('004e', '0037900e0026', `80${ADDRESS6}77`)],
    ['what covers the link', 'fd00::/48', update6('0044', '002d900e001c', '30fd0000000000')],
    ['an anycast address on the link', '10.0.0.77/32', update4('0030', '200a00004d')],
    ['what covers the link', '10.0.0.0/16', update4('002e', '100a00')],
    ['all there is', '0.0.0.0/0', update4('002c', '00')],
  ])('%s (%s): it is written', (_, prefix, message) => {
    expect(node().hear(message)).toEqual({ prefix, reason: undefined, isToldOn: true });
  });

  test('the subnet of a link that has no carrier: it is written until the link is back', () => {
    const { hear, carrier } = node();
    const said = () => hear(update6('0046', '002f900e001e', '40fd00000000000000')).reason;
    carrier(false);
    expect(said()).toBeUndefined();
    carrier(true);
    expect(said()).toBe(CONNECTED);
  });
});
