import { setMaxListeners } from 'node:events';
import { commit } from '../../../lib/provider/resource/commit';
import { fabric } from '../../../lib/provider/resource/fabric';
import { wave } from '../../../lib/provider/resource/wave';
import type { Private, Resource, ResourceResult } from '../../../lib/provider/resource-api';
import { conformObject, type Values } from '../../../lib/provider/value';
import type { Draft } from './random-fabric';

interface Kept {
  readonly state: Values;
  readonly private: Private;
}

/** What came of a deploy; `refused`: it was not carried out, and why. */
export type Outcome =
  | { readonly observed: string; readonly detail: string; readonly activation: number }
  | { readonly refused: string };

/**
 * Deploys with the provider's own resources, as Terraform would: refresh, plan, apply of the fabric, its waves and its
 * commit.
 */
export class Deployer {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly endpoint: (node: string) => string) {}

  async deploy({ nodes, fabric: more }: Draft, waves: readonly (readonly string[])[]): Promise<Outcome> {
    const stop = new AbortController().signal;
    setMaxListeners(0, stop); // each fleet of a run listens
    const own = Object.fromEntries(
      Object.entries(nodes).map(([name, node]) => [name, { ...node, endpoint: this.endpoint(name) }]),
    );
    const staged = await this.apply('fabric', fabric, stop, {
      ...{ name: 'lab', connect_retry_time: 1, ...withoutNulls(more), nodes: withoutNulls(own) },
      ...{ allow_disruption: true, waves: waves.map((names) => [...names]) },
    });
    if ('refused' in staged) return staged;
    const { release, activation, name } = staged.state;
    const step = (names: readonly string[]) => ({
      ...{ fabric: name, release, activation },
      nodes: Object.fromEntries(names.map((node) => [node, this.endpoint(node)])),
    });
    for (const [i, names] of waves.entries()) {
      const done = await this.apply(`wave ${i}`, wave, stop, {
        ...step(names),
        ...{ gate: { within: 40, outside: 'kept' }, allow_disruption: true },
      });
      if ('refused' in done) return done;
    }
    const done = await this.apply('commit', commit, stop, step(Object.keys(nodes)));
    if ('refused' in done) return done;
    const detail = (done.diagnostics ?? []).map(({ summary, detail: text }) => `${summary}\n${text}`).join('\n');
    return { observed: String(done.state.observed), detail, activation: Number(activation) };
  }

  private async apply(
    id: string,
    resource: Resource,
    stop: AbortSignal,
    values: object,
  ): Promise<(ResourceResult & { readonly state: Values }) | { readonly refused: string }> {
    const config = conformObject(values as Values, resource.schema.attributes);
    const before = this.kept.get(id);
    const context = { stop };
    const read = before && (await resource.read({ state: before.state, private: before.private }, context));
    const prior = read?.state ?? null;
    const kept = read?.private ?? before?.private ?? {};
    const { planned, diagnostics: said = [] } = await resource.plan({ config, prior, private: kept }, context);
    const errors = said.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) return { refused: textOf(errors) };
    const done = prior
      ? await resource.update({ prior, planned, config, private: kept }, context)
      : await resource.create({ planned, config, private: kept }, context);
    if (done.state) this.kept.set(id, { state: done.state, private: done.private ?? kept });
    const failed = (done.diagnostics ?? []).filter(({ severity }) => severity === 'error');
    if (failed.length > 0 || !done.state) return { refused: textOf(failed) };
    return { ...done, state: done.state };
  }
}

const textOf = (all: readonly { readonly summary: string; readonly detail: string }[]): string =>
  all.map(({ summary, detail }) => `${summary}: ${detail}`).join('\n');

function withoutNulls(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [
        name,
        typeof value === 'object' && value !== null && !Array.isArray(value) ? withoutNulls(value as Values) : value,
      ]),
  );
}
