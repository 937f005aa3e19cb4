import { AgentClient } from '../../control/client';
import type { Delivery } from '../../control/delivery';
import type { AgentSummary } from '../../control/status';
import { canonicalFabric } from '../../model/canonical';
import { fabricShape, type Shape, snakeCase } from '../../model/shape';
import { type Diagnostic, error } from '../diagnostic';
import { ownerHere } from '../owner';
import type { ResourceResult } from '../resource-api';
import { type AttributeSchema, type Attributes, mapValues, type Value, type Values } from '../value';
import { readImportId } from './import-id';

/** The running fabric as reported by one agent. */
interface Running {
  readonly summary: AgentSummary;
  readonly owner: string;
  readonly activation: number;
  readonly delivery: Delivery;
  /** Additional settings from the ID. */
  readonly settings: Values;
}

/** Parses an ID ({@link readImportId}) and asks that agent; any of the fabric will do. */
export async function runningAt(id: string, attributes: Attributes): Promise<Running | readonly Diagnostic[]> {
  const read = readImportId(id, attributes);
  if (!('name' in read)) return read;
  const { name, endpoint, settings } = read;
  const agent = new AgentClient(endpoint);
  try {
    const summary = await agent.summary();
    const { owner, active } = summary.transaction;
    if (summary.fabric !== name || owner === null || active === null)
      return [error(`The agent at ${endpoint} does not run fabric ${name}`, `It runs ${summary.fabric ?? 'none'}.`)];
    return { summary, owner, activation: active.activation, delivery: await agent.deployed(), settings };
  } catch (failure) {
    return [error(`The agent at ${endpoint} does not report what it runs`, (failure as Error).message)];
  }
}

/** Private state of an import: the owner whose nodes may be taken over. Changes no agent. */
export const consentTo = (owner: string): { readonly takes?: string } =>
  owner === ownerHere() ? {} : { takes: owner };

/** The attributes for a running fabric. Defaults are left out, so that the plan of a minimal configuration is empty. */
export function importedAttributes({ release, endpoints }: Delivery): Values {
  const values = written(canonicalFabric(release.fabric), fabricShape()) as Values;
  const nodes = mapValues(
    values.nodes as Values,
    (node, name): Value => ({ ...(node as Values), endpoint: endpoints[name] ?? null }),
  );
  return { ...values, edition: release.fabric.edition, nodes };
}

function written(value: unknown, shape: Shape): Value {
  if (value === undefined || value === null) return null;
  if (shape.type === 'leaf') return value as Value;
  if (shape.type !== 'object')
    return Array.isArray(value)
      ? value.map((item) => written(item, shape.item))
      : mapValues(value as Record<string, unknown>, (item) => written(item, shape.item));
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(shape.fields).map(([name, field]): [string, Value] => {
      const isAbsent = JSON.stringify(members[name]) === JSON.stringify(field.absent);
      return [snakeCase(name), isAbsent ? null : written(members[name], field.shape)];
    }),
  );
}

/** How the import ID of a wave or commit names its nodes. */
const NODES: AttributeSchema = {
  type: { list: 'string' },
  set: 'optional',
  description: 'Names of its nodes. Default: all.',
};

/** State of a wave or commit of a running fabric: all its nodes, unless the ID names some. */
export async function deployedAt(id: string, attributes: Attributes): Promise<ResourceResult> {
  const settable = Object.entries(attributes).filter(([, { set }]) => set === 'optional');
  const running = await runningAt(id, { nodes: NODES, ...Object.fromEntries(settable) });
  if (!('delivery' in running)) return { state: null, diagnostics: running };
  const { delivery, activation, owner, settings } = running;
  const { endpoints } = delivery;
  const { fabric, digest } = delivery.release;
  const names = (settings.nodes as string[] | undefined) ?? Object.keys(endpoints);
  const strange = names.filter((name) => !Object.hasOwn(endpoints, name));
  if (strange.length > 0)
    return {
      state: null,
      diagnostics: [error(`Fabric ${fabric.name} has no node ${strange.join(', ')}`, 'Name nodes of this fabric.')],
    };
  const nodes = Object.fromEntries(names.map((name) => [name, endpoints[name]]));
  return {
    state: { ...settings, fabric: fabric.name, release: digest, activation, nodes, behind: {} },
    private: consentTo(owner),
  };
}
