import type { Fabric } from '../../model/fabric';
import type { Policy } from '../../model/filter';
import { explicitSessionsOf, nodesByAddress } from '../../topology/derive';
import { type Diagnostic, warning } from '../diagnostic';

/** Warns of each outside eBGP neighbour that has no rules in a direction, and so gets or gives nothing (RFC 8212). */
export function defaultPolicyWarnings(fabric: Fabric): Diagnostic[] {
  const owners = nodesByAddress(fabric),
    silent = new Map<string, string>();
  const hasOutsidePeers = Object.values(fabric.peers).some(({ address }) => !owners.has(address.toString()));
  for (const node of hasOutsidePeers ? Object.keys(fabric.nodes) : [])
    for (const { origin, importPolicy, exportPolicy } of explicitSessionsOf(fabric, node, owners)) {
      const says = [...(isShut(importPolicy) ? ['accepts'] : []), ...(isShut(exportPolicy) ? ['advertises'] : [])];
      if (says.length > 0) silent.set(origin.replace(/^peers\./, ''), says.join(' and '));
    }
  return [...silent].map(([peer, does]) =>
    warning(
      `Peer ${peer} ${does} nothing`,
      `${fabric.peers[peer].address} is an eBGP neighbour outside the fabric, and without filters no routes go through (RFC 8212). Give it filters with import and export rules.`,
      ['peers', peer],
    ),
  );
}

const isShut = ({ rules, otherwise }: Policy): boolean => rules.length === 0 && otherwise === 'reject';
