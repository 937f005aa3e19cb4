import { existsSync, readFileSync } from 'node:fs';
import { makeRelease, type Release } from '../control/release';
import { INITIAL_STATE, type Running } from '../control/transaction';
import { readFabric } from '../model/read';
import { Failure } from './failure';
import type { AgentState } from './store';

/** What an agent without deploys runs. */
export interface StandaloneRelease {
  readonly path: string;
  readonly release: Release;
}

/** Reads the fabric file of a node. Throws {@link Failure} `usage` with all problems of the file. */
export function readStandaloneFabric(path: string, node: string): StandaloneRelease {
  if (!existsSync(path)) throw new Failure('usage', `file ${path} does not exist`);
  let spec: unknown;
  try {
    spec = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Failure('usage', `${path} is not valid JSON: ${(error as Error).message}`);
  }
  const { fabric, problems } = readFabric(spec);
  if (!fabric) throw new Failure('usage', `${path} has ${problems.length} problems: ${problems.join('; ')}`);
  const release = makeRelease(fabric);
  if (!release.fabric.nodes[node])
    throw new Failure(
      'usage',
      `${path} has no node ${node}; it has ${Object.keys(release.fabric.nodes).join(', ') || 'none'}`,
    );
  return { path, release };
}

/** The state of an agent that runs from a fabric file: all of it is confirmed. */
export function stateOf({ path, release }: StandaloneRelease): AgentState {
  const { fabric } = release;
  const running: Running = {
    ...{ release: release.digest, activation: 1, fabric: fabric.name, owner: `file ${path}` },
    isFromFile: true,
  };
  const endpoints = Object.fromEntries(
    Object.entries(fabric.nodes).flatMap(([name, { endpoint }]) => (endpoint === undefined ? [] : [[name, endpoint]])),
  );
  return { transaction: { ...INITIAL_STATE, activation: 1, confirmed: running, active: running }, endpoints };
}
