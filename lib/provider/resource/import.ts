import { AgentClient } from '../../control/client';
import type { Delivery } from '../../control/delivery';
import type { AgentSummary } from '../../control/status';
import { canonicalFabric } from '../../model/canonical';
import { fabricShape, type Shape, snakeCase } from '../../model/shape';
import { type Diagnostic, error } from '../diagnostic';
import { mapValues, type Value, type Values } from '../value';

/** What one agent says of the fabric that it runs. */
export interface Running {
  readonly summary: AgentSummary;
  readonly owner: string;
  readonly activation: number;
  readonly delivery: Delivery;
}

/** Reads `name@endpoint` and asks that agent; any of the fabric will do. */
export async function runningAt(id: string): Promise<Running | readonly Diagnostic[]> {
  const [, name, endpoint] = /^([^@]+)@(.+)$/.exec(id) ?? [];
  if (!name) return [error(`${id} names no fabric`, 'Write name@endpoint; any agent of it will do.')];
  const agent = new AgentClient(endpoint);
  try {
    const summary = await agent.summary(),
      { owner, active } = summary.transaction;
    if (summary.fabric !== name || owner === null || active === null)
      return [error(`The agent at ${endpoint} does not run fabric ${name}`, `It runs ${summary.fabric ?? 'none'}.`)];
    return { summary, owner, activation: active.activation, delivery: await agent.deployed() };
  } catch (failure) {
    return [error(`The agent at ${endpoint} does not tell what it runs`, (failure as Error).message)];
  }
}

/**
 * The attributes that write a running fabric: what it is without being said is left out, so that the plan of a configuration that says no more than it must
 * is empty.
 */
export function attributesOf({ release, endpoints }: Delivery): Values {
  const values = written(canonicalFabric(release.fabric), fabricShape()) as Values;
  const nodes = mapValues(
    values.nodes as Values,
    (node, name): Value => ({ ...(node as Values), endpoint: endpoints[name] ?? null }),
  );
  return { ...values, nodes };
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

/** State of a wave or a commit of all nodes of a running fabric. */
export async function deployedAt(id: string): Promise<{ state: Values | null; diagnostics?: readonly Diagnostic[] }> {
  const running = await runningAt(id);
  if (!('delivery' in running)) return { state: null, diagnostics: running };
  const { delivery, activation } = running,
    { fabric, digest } = delivery.release;
  return { state: { fabric: fabric.name, release: digest, activation, nodes: delivery.endpoints, behind: {} } };
}
