import { type ChildProcess, spawn } from 'node:child_process';
import { OWN_PROTOCOL } from '../../../lib/kernel/codec/route-protocol';
import type { Lab } from '../../../lib/lab/lab';

/** A route of ours that the kernel of a node let go of. */
export interface Deletion {
  readonly node: string;
  readonly prefix: string;
  /** As `ip monitor` told it. */
  readonly line: string;
}

/**
 * What `ip monitor` tells of the routes and nexthop objects of the nodes of a lab, from its start on. A nexthop object
 * takes routes with it that the kernel does not tell of one by one, so its end counts as that of all routes on it.
 */
export class Recording {
  private readonly children: ChildProcess[];
  private deleted: Deletion[] = [];
  /** Of each node the nexthop object of each route of ours. */
  private readonly on = new Map<string, Map<string, string>>();
  private lines = 0;

  constructor(lab: Lab) {
    this.children = lab.membersOf('node').map(([node, { namespace }]) => {
      const [command, ...args] = lab.host.within(namespace, ['ip', '-tshort', '-o', 'monitor', 'route', 'nexthop']);
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
      this.on.set(node, new Map());
      let rest = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop()!;
        for (const line of lines) this.hear(node, line);
      });
      return child;
    });
  }

  /** How much was heard: a recording that hears nothing proves nothing. */
  get heard(): number {
    return this.lines;
  }

  /** Deletions since the last call. */
  take(): Deletion[] {
    const { deleted } = this;
    this.deleted = [];
    return deleted;
  }

  async end(): Promise<void> {
    for (const child of this.children) child.kill();
    await Promise.all(
      this.children.map((child) => child.exitCode ?? new Promise((resolve) => child.once('close', resolve))),
    );
  }

  private hear(node: string, line: string): void {
    this.lines++;
    const routes = this.on.get(node)!;
    const [, isDeleted, what] = /^\[[^\]]*\]\s*(Deleted )?(.*)$/.exec(line) ?? [];
    if (what === undefined) return;
    const [, id] = /^id (\d+) /.exec(what) ?? [];
    if (id !== undefined) {
      if (!isDeleted) return;
      for (const [prefix, on] of routes) if (on === id) this.gone(node, prefix, line);
      return;
    }
    const [, prefix] = /^(?:\w+ )?([0-9a-f.:]+(?:\/\d+)?) /.exec(what) ?? [];
    if (prefix === undefined || !new RegExp(` proto ${OWN_PROTOCOL}\\b`).test(what)) return;
    if (isDeleted) this.gone(node, prefix, line);
    else routes.set(prefix, / nhid (\d+)/.exec(what)?.[1] ?? '');
  }

  private gone(node: string, prefix: string, line: string): void {
    this.on.get(node)!.delete(prefix);
    this.deleted.push({ node, prefix, line });
  }
}
