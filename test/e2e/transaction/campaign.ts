import { setTimeout as sleep } from 'node:timers/promises';
import { faultsOf } from '../../../lib/control/gate';
import { healthOf } from '../../../lib/control/health';
import { makeRelease } from '../../../lib/control/release';
import { NEWEST_EDITION } from '../../../lib/model/edition';
import type { FabricSpec } from '../../../lib/model/fabric';
import { readFabric } from '../../../lib/model/read';
import { eventually } from '../support/network';
import { bundledProvider } from '../terraform-stack';
import { Fleet, type FleetOptions, type Observed } from './fleet';

/** Milliseconds between looks at what nodes run. */
const LOOK_MS = 500;

/** A fleet that was deployed once, with the routes of others beside ours, and what must hold of it after everything. */
export class Campaign {
  private readonly foreign = new Map<string, string[]>();

  private constructor(readonly fleet: Fleet) {}

  /** `most`: the largest fabric; it is deployed. */
  static async begin(most: FabricSpec, options?: FleetOptions): Promise<Campaign> {
    const campaign = new Campaign(await Fleet.up(most, bundledProvider(), options));
    const { fleet, foreign } = campaign;
    try {
      for (const node of namesOf(most)) foreign.set(node, await fleet.plantForeign(node));
      expect(await fleet.deploy(most)).toMatchObject({ code: 0 });
      await campaign.expectWhole(most);
    } catch (error) {
      await fleet.down();
      throw error;
    }
    return campaign;
  }

  /**
   * Every node keeps this fabric, has heard all from all others, has the routes to all workloads of the others, nothing
   * else of ours, and all that others put there.
   */
  async expectWhole(spec: FabricSpec): Promise<void> {
    const { fleet } = this;
    const names = namesOf(spec);
    const digest = digestOf(spec);
    for (const node of names) {
      const { active, confirmed } = (await fleet.status(node)).transaction;
      expect([node, active?.release, confirmed?.release]).toEqual([node, digest, digest]);
    }
    // RFC 4724 section 4.2: what a restarted neighbour has not repeated yet goes when it restarts again.
    await eventually(async () => {
      const statuses = await fleet.statuses(names);
      const terms = { release: digest, outside: 'all' } as const;
      const healths = new Map(statuses.map((status) => [status.node, healthOf(status, terms)]));
      expect(faultsOf(names, healths, new Set())).toEqual([]);
    });
    for (const node of names) {
      await eventually(async () =>
        expect([node, await fleet.prefixes(node)]).toEqual([node, fleet.expected(node, names)]),
      );
      expect([node, await fleet.routes(node, 'foreign')]).toEqual([node, this.foreign.get(node)]);
      await eventually(async () => expect([node, await fleet.unusedObjects(node)]).toEqual([node, []]));
    }
  }

  /** Every node that responds runs one of these fabrics, at every look until something is done. */
  async throughout<T>(specs: readonly FabricSpec[], work: Promise<T>): Promise<T> {
    const digests = specs.map(digestOf);
    let isDone = false;
    const look = async () => {
      for (; !isDone; await sleep(LOOK_MS))
        for (const node of namesOf(specs[0])) {
          const seen = await this.fleet.status(node).catch(() => undefined);
          if (seen) expect([node, digests]).toEqual([node, expect.arrayContaining([seen.transaction.active?.release])]);
        }
    };
    const over = work.finally(() => {
      isDone = true;
    });
    const [result] = await Promise.all([over, look()]);
    return result;
  }

  /** Every node runs one of these fabrics, and what it returns to is one of them. */
  async expectEitherOf(...specs: readonly FabricSpec[]): Promise<void> {
    const digests = specs.map(digestOf);
    for (const node of namesOf(specs[0])) {
      const { active, confirmed } = (await this.fleet.status(node)).transaction;
      expect([node, digests]).toEqual([node, expect.arrayContaining([active?.release, confirmed?.release])]);
    }
  }
}

export const namesOf = (spec: FabricSpec): string[] => Object.keys(spec.nodes ?? {});

/** The release that a fabric makes, of the edition that a new one gets. */
export function digestOf(spec: FabricSpec): string {
  const { fabric, problems } = readFabric({ edition: NEWEST_EDITION, ...spec });
  if (!fabric) throw new Error(problems.join('; '));
  return makeRelease(fabric).digest;
}

/** Every packet came, and no kernel let go of a route to a workload that is there. */
export function expectNothingLost<T>({ report, deletions }: Observed<T>): void {
  expect(report.late).toBe(0);
  expect(report.flows.filter(({ lost }) => lost > 0)).toEqual([]);
  expect(deletions).toEqual([]);
}
