import type { AgentSummary } from '../../control/status';
import { holderOf, isSame, type Running } from '../../control/transaction';
import { Fleet } from '../fleet';

/** Nodes held by one fabric of one owner. */
interface Group {
  /** The latest release that any of them keeps. */
  readonly holder: Running;
  /** The node that keeps it. */
  readonly teller: string;
  readonly nodes: ReadonlyMap<string, AgentSummary>;
}

/**
 * Nodes that the fabric that holds them has since dropped, when no state was left to release them: every node of that
 * fabric keeps a later activation without them. While one of its nodes runs an earlier activation, or has another
 * deploy on trial, the fabric may return to them and has sessions with them.
 */
export async function leftBehind(nodes: ReadonlySet<string>, fleet: Fleet, stop: AbortSignal): Promise<Set<string>> {
  const { statuses } = await fleet.only((node) => nodes.has(node)).survey();
  const left = new Set<string>();
  for (const group of groupsOf(statuses)) {
    const now = await goesOn(group, fleet, stop);
    for (const [node, status] of group.nodes)
      if (now && !now.nodes.has(node) && !isWantedSince(status, now.kept)) left.add(node);
  }
  return left;
}

function groupsOf(statuses: ReadonlyMap<string, AgentSummary>): Group[] {
  const groups = new Map<string, Group>();
  for (const [node, status] of statuses) {
    const holder = holderOf(status.transaction);
    if (!holder) continue;
    const key = JSON.stringify([holder.owner, holder.fabric]);
    const group = groups.get(key);
    const nodes = new Map([...(group?.nodes ?? []), [node, status] as const]);
    const isLatest = !group || group.holder.activation < holder.activation;
    groups.set(key, isLatest ? { holder, teller: node, nodes } : { ...group, nodes });
  }
  return [...groups.values()];
}

/**
 * What a fabric now keeps, and its nodes; undefined if it is what these nodes have, is not on all of its nodes, or no
 * agent returns it.
 */
async function goesOn(
  { holder, teller }: Group,
  fleet: Fleet,
  stop: AbortSignal,
): Promise<{ readonly kept: Running; readonly nodes: ReadonlySet<string> } | undefined> {
  try {
    const known = new Fleet(await fleet.endpointsBy(teller), stop);
    const { statuses } = await known.survey();
    const [latest] = [...statuses]
      .filter(([node, status]) => isOf(node, status, holder))
      .sort(([, one], [, other]) => other.transaction.confirmed!.activation - one.transaction.confirmed!.activation);
    const kept = latest?.[1].transaction.confirmed;
    if (!kept || kept.activation <= holder.activation) return undefined;
    const { release, endpoints } = await known.deployed(latest[0]);
    const nodes = Object.keys(release.fabric.nodes);
    const { statuses: now } = await new Fleet(endpoints, stop).survey();
    const isWhole = nodes.every((node) => {
      const status = now.get(node);
      return status && isOf(node, status, holder) && isSame(kept, status.transaction.confirmed!);
    });
    return release.digest === kept.release && isWhole ? { kept, nodes: new Set(nodes) } : undefined;
  } catch {
    return undefined; // Left as it is; the fabric that wants the nodes reports an error.
  }
}

/** Whether an agent belongs to a fabric and runs what it keeps. */
const isOf = (node: string, { node: said, transaction }: AgentSummary, { fabric, owner }: Running): boolean => {
  const holder = holderOf(transaction);
  return said === node && holder?.fabric === fabric && holder.owner === owner && isSame(transaction.active, holder);
};

/** Whether a node has a deploy of its fabric staged or on trial that is later than what the fabric keeps. */
const isWantedSince = ({ transaction: { staged, active } }: AgentSummary, { activation, fabric }: Running): boolean =>
  [staged, active].some((step) => step?.fabric === fabric && step.activation > activation);
