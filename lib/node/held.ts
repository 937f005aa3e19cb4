import type { Activation, Retiring, Running, TransactionState, UpBy } from '../control/transaction';
import type { Fabric } from '../model/fabric';
import { localAsAfter } from './local-as';

/** A fabric held by an agent, with the local AS numbers that some of its sessions keep. */
export interface HeldFabric {
  readonly fabric: Fabric;
  readonly localAs?: Running['localAs'];
  /** The activation that it came with, and its secrets. */
  readonly activation?: number;
}

/**
 * Service state of a node: in service; leaving, with its neighbours asked to route around it (RFC 8326); or out of
 * service, with nothing advertised.
 */
export type Service = 'full' | 'leaving' | 'none';

/** The releases that an agent holds, and the state of the deploy. */
export interface Held {
  readonly active?: HeldFabric;
  readonly staged?: HeldFabric;
  readonly retiring?: HeldFabric & Pick<Retiring, 'phase' | 'behind'>;
  /** Rolled back to unless the active one is confirmed. */
  readonly confirmed?: HeldFabric;
  /** Sessions with outside neighbours that are up with AS numbers of none of these. */
  readonly upBy?: UpBy;
  /** Default: full. */
  readonly service?: Service;
}

/** What a node holds in a state of its transaction. `fabricOf` looks up a release by digest. */
export function heldOf(
  { active, staged, retiring, confirmed, upBy }: TransactionState,
  node: string,
  fabricOf: (release: string) => Fabric | undefined,
  service: Service = 'full',
): Held {
  const held = (
    step: (Activation & Pick<Running, 'localAs'>) | null,
    localAs = step?.localAs,
  ): HeldFabric | undefined => {
    const fabric = step && fabricOf(step.release);
    return fabric ? { fabric, activation: step.activation, ...(localAs && { localAs }) } : undefined;
  };
  const now = held(active);
  const next = held(staged);
  const former = held(retiring, confirmed?.localAs);
  const isElsewhere = [active, retiring].some((step) => step?.activation === confirmed?.activation);
  return {
    active: now,
    staged: next && { ...next, localAs: localAsAfter(now, next.fabric, node) },
    retiring: former && retiring ? { ...former, phase: retiring.phase, behind: retiring.behind } : undefined,
    confirmed: isElsewhere ? undefined : held(confirmed),
    ...(upBy && { upBy }),
    service,
  };
}
