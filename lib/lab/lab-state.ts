import type { SpeakerKind } from './daemon/daemons';
import type { Tracked } from './process';

/** A network namespace of a lab: a node, an outside machine, or a workload. */
export interface LabMember {
  readonly kind: 'node' | 'outside' | 'workload';
  readonly namespace: string;
  readonly addresses: readonly string[];
  /** Its BGP speaker. */
  readonly speaker?: SpeakerKind;
  /** For a workload: the machine it is behind, and the machine's end of the cable. */
  readonly host?: string;
  readonly interface?: string;
}

/** Whether the agents of a lab run the fabric at once, wait for a deploy, or are not started. */
export type AgentsDo = 'running' | 'idle' | 'none';

/** Persistent state of a lab: everything it created, recorded beforehand, so that it can be removed after any crash. */
export interface LabState {
  readonly version: 1;
  readonly name: string;
  readonly agents?: AgentsDo;
  /** The process that holds the namespaces of a lab without root. */
  holder?: Tracked;
  namespaces: string[];
  readonly members: Record<string, LabMember>;
  /** Speaker processes, by member. */
  readonly processes: Record<string, Tracked>;
  /** BFD processes of agents, by member. Unset: none was started yet. */
  bfd?: Record<string, Tracked>;
}
