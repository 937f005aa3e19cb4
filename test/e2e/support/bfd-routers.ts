import type { FabricSpec } from '../../../lib/model/fabric';
import { ANYCAST } from './anycast';

/** A node that originates {@link ANYCAST}, with BFD towards a BIRD and an FRR of AS 65001 on its link. */
export const NODE = '10.0.0.1';
export const ROUTERS = { bird: '10.0.0.253', frr: '10.0.0.254' } as const;

export const routersFabric = (name: string): FabricSpec => ({
  name,
  asNumber: 65002,
  nodes: { n1: { ipv4Address: NODE, advertise: [{ prefix: `${ANYCAST}/32` }] } },
  peers: Object.fromEntries(
    Object.entries(ROUTERS).map(([peer, address]) => [
      peer,
      { address, asNumber: 65001, bfd: {}, connectRetryTime: 1, filters: ['all'] },
    ]),
  ),
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
});

/** That FRR, which closes the session upon BFD Down, and takes AdminDown for it; with more lines of its own. */
export const frrRouter = (...more: readonly string[]): string => `
router bgp 65001
 bgp router-id ${ROUTERS.frr}
 bgp graceful-restart
 no bgp ebgp-requires-policy
 neighbor ${NODE} remote-as 65002
 neighbor ${NODE} timers connect 1
 neighbor ${NODE} bfd
${more.map((line) => ` ${line}\n`).join('')}exit
`;
