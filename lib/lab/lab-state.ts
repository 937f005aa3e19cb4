import type { SpeakerKind } from './daemon/daemons';
import type { Tracked } from './process';

/** What lives in a network namespace of a lab: a node, a machine outside, or a workload. */
export interface LabMember {
  readonly kind: 'node' | 'outside' | 'workload';
  readonly namespace: string;
  readonly addresses: readonly string[];
  /** What speaks BGP there. */
  readonly speaker?: SpeakerKind;
  /** Of a workload: the machine it lies behind and the machine's end of the cable. */
  readonly host?: string;
  readonly interface?: string;
}

/** Whether the agents of a lab run the fabric at once, wait for a deploy, or are not started at all. */
export type AgentsDo = 'running' | 'idle' | 'none';

/**
 * What a lab remembers in its folder: all that it made, written down before it is made, so that it can be unmade after
 * any crash.
 */
export interface LabState {
  readonly version: 1;
  readonly name: string;
  readonly agents?: AgentsDo;
  /** The process that keeps the namespaces of a lab without root. */
  holder?: Tracked;
  namespaces: string[];
  readonly members: Record<string, LabMember>;
  /** Daemons by the member they run in. */
  readonly processes: Record<string, Tracked>;
  /** What runs BFD for an agent, by the member it runs in; absent: nothing did yet. */
  bfd?: Record<string, Tracked>;
}
