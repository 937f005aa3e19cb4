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

/** The etcd of a lab, through which its agents are reached. */
export interface LabEtcd {
  /** Of the keys of the fabric. */
  readonly prefix: string;
  /** On the loopback interface of the machine and of each node. */
  readonly port: number;
  process?: Tracked;
}

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
  /** Unset: the agents have only their sockets. */
  etcd?: LabEtcd;
  /** What makes etcd reachable in the namespaces of nodes, by member. */
  relays?: Record<string, Tracked>;
}
