import { PROTOCOL } from '../control/protocol';
import { SCHEMA_VERSION } from '../control/release';
import type { AgentSummary } from '../control/status';
import { ownerOf, type TransactionState } from '../control/transaction';
import type { Fabric } from '../model/fabric';
import { routerIdIn } from '../model/router-id';
import type { Service } from '../node/held';
import { asNumberOf } from '../topology/membership';
import { now } from './host/clock';
import { VERSION } from './host/version';

/** The status of an agent apart from its transaction. */
interface Identity {
  readonly node: string;
  readonly startedAt: string;
  readonly service: Service;
  /** The running fabric. */
  readonly active: Fabric | undefined;
}

/** The status of an agent in brief: its identity, and the state of its transaction. */
export function summaryOf(state: TransactionState, { node, startedAt, service, active }: Identity): AgentSummary {
  const { deadline, trial: _, upBy: __, ...transaction } = state;
  const entry = active?.nodes[node];
  return {
    schemaVersion: SCHEMA_VERSION,
    protocol: PROTOCOL,
    version: VERSION,
    node,
    ...(active &&
      entry && {
        fabric: active.name,
        asNumber: asNumberOf(active, entry).value,
        routerId: routerIdIn(active, node).toString(),
      }),
    startedAt,
    transaction: {
      ...transaction,
      owner: ownerOf(state),
      returnsInMs: deadline && Math.max(0, deadline.at - now().at),
    },
    service,
  };
}
