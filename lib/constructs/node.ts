import type { Construct } from 'constructs';
import { Entry, type Named } from './entry';
import type { NodeFields } from './props';

/** The fields of a node. A deploy must reach the node's agent, so `endpoint` is required. */
export type NodeProps = Named & NodeFields;

/** A Linux machine that runs an agent. */
export class Node extends Entry {
  constructor(scope: Construct, id: string, props: NodeProps) {
    super(scope, id, 'nodes', props);
  }
}
