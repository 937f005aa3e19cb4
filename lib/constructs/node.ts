import type { Construct } from 'constructs';
import { Member, type Named } from './member';
import type { NodeFields } from './props';

/** The fields of a node. A deploy must reach the node's agent, so the endpoint is required here. */
export type NodeProps = Named & NodeFields;

/** A Linux machine that runs an agent. */
export class Node extends Member {
  constructor(scope: Construct, id: string, props: NodeProps) {
    super(scope, id, 'nodes', props);
  }
}
