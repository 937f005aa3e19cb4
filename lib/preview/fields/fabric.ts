import type { Fabric } from '../../model/fabric';
import { counted, names } from '../words';
import { bfdRow } from './bfd';
import { FILTER_FIELDS } from './filters';
import { kernelMetric } from './kernel-metric';
import { kernelTable } from './kernel-table';
import { neighbourMemory, wholeMemory } from './limits';
import { NODE_FIELDS } from './nodes';
import { isOutside, PEER_FIELDS } from './peers';
import { RACK_FIELDS } from './racks';
import {
  all,
  byRoutes,
  eachNamed,
  type FieldFinding,
  type FieldRow,
  type FieldRows,
  findingsIn,
  nothing,
  openField,
  played,
  saysSame,
} from './row';
import { connectRetryTime, noHoldTime, restartTime } from './timers';

/** Outside neighbours that dial in, by their entries. */
const waitedFor = (fabric: Fabric): string[] => [
  ...Object.entries(fabric.peers).flatMap(([name, peer]) =>
    isOutside(peer, fabric) && (peer.passive || peer.prefix) ? [`peers.${name}`] : [],
  ),
  ...Object.entries(fabric.racks).flatMap(([name, { topOfRack }]) =>
    topOfRack.some(({ passive }) => passive) ? [`racks.${name}`] : [],
  ),
];

const listenPort: FieldRow<number> = openField((was, is, { after }) => {
  const waiting = waitedFor(after);
  return waiting.length === 0
    ? undefined
    : {
        clause: `requires ${names(waiting, 3)} to connect to port ${is} instead of ${was}`,
        ask: 'nodes wait for these neighbours to connect: sessions that are up stay up, and come up again only when whoever runs the neighbours has changed the port',
        mayLose: true,
      };
});

/** Whether every session with the fabric's own hold time is watched by BFD. */
const isWatched = ({ nodeToNodeMesh, meshBfd, routeReflectors, peers, racks }: Fabric): boolean =>
  (!nodeToNodeMesh || meshBfd !== undefined) &&
  Object.values(routeReflectors).every(({ bfd }) => bfd !== undefined) &&
  [...Object.values(peers), ...Object.values(racks).flatMap(({ topOfRack }) => topOfRack)].every(
    ({ bfd, holdTime }) => bfd !== undefined || holdTime !== undefined,
  );

/** What routes are tagged with: names of communities are compared by their values. */
const tags: FieldRow<unknown> = byRoutes((_was, _is, { before, after }) => !saysSame(tagsOf(before), tagsOf(after)));
const tagsOf = ({ communities, prefixAdvertisements }: Fabric) =>
  prefixAdvertisements.map((one) => [one.prefix, one.communities.map((name) => String(communities[name] ?? name))]);

type Group = Fabric['routeReflectors'][string];
const GROUP_FIELDS: FieldRows<Group> = {
  ...{ reflectors: played, reflectorSelector: played, clients: played, clientSelector: played },
  ...{ clusterId: played, password: played },
  maxRouteMemory: neighbourMemory,
  bfd: bfdRow(),
};

/**
 * What a change to each field of the fabric can do to routes. A change is safe only if every changed field has a row
 * that allows it.
 */
const FABRIC_FIELDS: FieldRows<Fabric> = {
  name: openField((was, is) => ({
    clause: `renames the fabric from ${was} to ${is}`,
    ask: 'constructs must list the previous name in formerNames, or Terraform destroys the fabric and creates it again; in HCL only name may change, not the address of the resource',
    mayLose: true,
  })),
  // Defaults of sessions and router IDs; and what is advertised to top-of-rack switches.
  edition: all(
    played,
    byRoutes((_was, _is, { after }) => Object.values(after.racks).some(({ topOfRack }) => topOfRack.length > 0)),
  ),
  ...{ asNumber: played, nodeToNodeMesh: played, meshPassword: played },
  holdTime: all<number, Fabric>(played, noHoldTime(isWatched)),
  meshBfd: bfdRow(),
  listenPort: all(played, listenPort),
  keepaliveTime: nothing,
  connectRetryTime: connectRetryTime(() => 0),
  restartTime: restartTime(() => 0),
  meshRestartTime: restartTime((fabric) => fabric.restartTime),
  gracefulRestart: openField((_was, is) =>
    is
      ? undefined
      : {
          clause: 'lets neighbours drop the routes of a node whenever its agent restarts',
          ask: 'nothing happens now; every later upgrade or restart of an agent then interrupts traffic',
          mayLose: true,
        },
  ),
  bindMode: openField((_was, is) =>
    is === 'nodeAddress'
      ? {
          clause: 'lets nodes accept connections to their own addresses alone',
          ask: 'neighbours that connect to another address (localAddress of a peer) no longer come up by themselves, and a node whose address is not configured on it accepts nobody',
          mayLose: true,
        }
      : undefined,
  ),
  multipath: openField((was = 1, is = 1) =>
    was === is
      ? undefined
      : {
          clause: `makes nodes use up to ${counted(is, 'equal-cost path')} instead of ${was}`,
          ask: 'the kernel distributes traffic to prefixes with several equal paths differently; stateful devices on these paths must cope with it',
          mayLose: false,
        },
  ),
  maxRouteMemory: wholeMemory,
  communities: tags,
  prefixAdvertisements: tags,
  ignoredInterfaces: byRoutes(),
  // How to reach agents.
  fleet: nothing,
  logLevel: nothing,
  kernelTable: kernelTable(() => 0),
  kernelMetric: kernelMetric(
    () => 0,
    ({ nodes }) => Object.values(nodes).some((node) => node.kernelMetric === undefined),
  ),
  nodes: eachNamed(NODE_FIELDS),
  peers: eachNamed(PEER_FIELDS),
  racks: eachNamed(RACK_FIELDS),
  routeReflectors: eachNamed(GROUP_FIELDS),
  // A new or removed filter has no effect by itself: see the sessions that use it.
  filters: eachNamed(FILTER_FIELDS, nothing),
};

/** What is known about each changed field. */
export const findingsOf = (before: Fabric, after: Fabric, isAsKept = false): FieldFinding[] =>
  findingsIn(FABRIC_FIELDS, before, after, { path: '', before, after, isAsKept });
