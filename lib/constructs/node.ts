import type { Construct } from 'constructs';
import type { NodeSpec } from '../model/node';
import type { Computable } from './computable';
import { Member } from './member';

/** A node in the model's words. A deploy must reach its agent, so the endpoint is not optional here. */
export type NodeProps = Readonly<Computable<NodeSpec & { name: string; endpoint: string }>>;

/** A Linux machine that runs an agent. */
export class Node extends Member {
  constructor(scope: Construct, id: string, props: NodeProps) {
    super(scope, id, 'nodes', props);
  }
}
