import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asChangeOf, readFabricFile } from '../../lib/cli/fabric-file';
import { openRelease, type Release, reopenRelease, writeRelease } from '../../lib/control/release';
import { canonicalFabric } from '../../lib/model/canonical';
import { EDITIONS, FIRST_EDITION, NEWEST_EDITION } from '../../lib/model/edition';
import type { Fabric } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { routingOf } from '../../lib/node/routing';
import { runningSessions } from '../../lib/node/sessions';
import { pack } from '../../lib/provider/protocol/msgpack';
import { PROVIDER } from '../../lib/provider/provider';
import { asWritten, joined } from '../../lib/provider/resource/forms';
import { importedAttributes } from '../../lib/provider/resource/import';
import { AsWritten, conformObject, mapValues, UNKNOWN, type Values } from '../../lib/provider/value';
import { content, rpc } from './provider-rpc';

/** What the version before editions wrote: its release on disk, its stack, its state, and what its nodes ran. */
const FORMER = join(__dirname, '../fixtures/edition-1');
const former = (name: string) => JSON.parse(readFileSync(join(FORMER, name), 'utf8'));
const release = former('release.json');
const state = former('state.json') as Values;
const { schema } = PROVIDER.resources.peerform_fabric;

const idsOf = (fabric: Fabric, name: string) => {
  const { routerId, clusterId } = routingOf(fabric, name);
  return { routerId, clusterId };
};

/** What the nodes of a fabric run, as far as editions can have a say in it. */
const runs = (fabric: Fabric) =>
  JSON.parse(
    JSON.stringify(
      Object.fromEntries(
        Object.keys(fabric.nodes).map((name) => [
          name,
          {
            routing: idsOf(fabric, name),
            sessions: runningSessions({ active: { fabric } }, name).map(({ config }) => ({
              key: config.key,
              reason: config.reason,
              acceptable: config.acceptable,
              routerId: config.routerId,
              families: config.families,
              importPolicy: config.importPolicy,
              exportPolicy: config.exportPolicy,
            })),
          },
        ]),
      ),
    ),
  );

/** The program of the former version, with more that its fabric says: its nodes, peers and so on are blocks. */
const configuration = (more: object = {}): Values =>
  conformObject(
    asWritten({ ...former('cdk.tf.json').resource.peerform_fabric.former, ...more } as Values),
    schema.attributes,
  );

/** Its stack as it stands, whose maps are read as attributes. */
const formerStack = (): Values =>
  conformObject(
    mapValues(former('cdk.tf.json').resource.peerform_fabric.former, (value, name) =>
      schema.attributes[name]?.type === 'any' ? new AsWritten('"dynamic"', value as Values) : value,
    ),
    schema.attributes,
  );

/**
 * A plan as Terraform asks for it: the stored state is read first, and what the configuration leaves open is proposed
 * as it is in the state.
 */
async function planOf(stored: Values | null, config: Values) {
  const json = Buffer.from(JSON.stringify(stored));
  const upgraded =
    stored &&
    content(
      (
        await rpc('UpgradeResourceState', {
          typeName: 'peerform_fabric',
          version: 'node' in stored ? 1 : 0,
          rawState: { json },
        })
      ).upgradedState,
    );
  const proposed = { ...config, ...(upgraded && { ...upgraded, ...setOf(config) }) };
  const { plannedState, diagnostics = [] } = await rpc('PlanResourceChange', {
    typeName: 'peerform_fabric',
    priorState: { msgpack: pack(upgraded) },
    proposedNewState: { msgpack: pack(proposed) },
    config: { msgpack: pack(config) },
  });
  return {
    prior: upgraded,
    planned: content(plannedState),
    said: diagnostics.map(({ summary }) => summary),
    diagnostics,
  };
}
const setOf = (config: Values) => Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
const OLDER = 'Fabric former uses the defaults of edition 1';

describe('an upgrade of the packages alone', () => {
  test('leaves a release on disk its digest, and each node what it runs', () => {
    for (const open of [openRelease, reopenRelease]) {
      const opened = open(release) as Release;
      expect(opened).toMatchObject({ digest: release.digest, fabric: { edition: FIRST_EDITION } });
      expect(writeRelease(opened)).toEqual(release);
      expect(runs(opened.fabric)).toEqual(former('running.json'));
    }
  });

  test('leaves a stack the release that it is', () => {
    const file = readFabricFile(join(FORMER, 'cdk.tf.json'));
    expect(canonicalFabric(file.fabric)).toEqual(release.fabric);
    expect(runs(file.fabric)).toEqual(former('running.json'));
  });

  test('changes nothing in the plan of a state, which says once what a newer edition has', async () => {
    const { prior, planned, said, diagnostics } = await planOf(state, configuration());
    expect(joined(prior!).values).toMatchObject({ ...state, edition: 1 });
    expect(planned).toEqual(prior);
    expect(said).toEqual([OLDER]);
    for (const change of EDITIONS.flatMap(({ changes }) => changes)) expect(diagnostics[0].detail).toContain(change);
  });

  test('deploys nothing of a stack that the former version wrote, whose maps are attributes by now', async () => {
    const { prior, planned, said } = await planOf(state, formerStack());
    const { release: digest, activation, behind, impact } = prior!;
    expect(planned).toMatchObject({ release: digest, activation, behind, impact, node: {} });
    expect(said).toEqual([OLDER]);
  });

  test('changes nothing either where the edition is written as it is, and is silent', async () => {
    const { prior, planned, said } = await planOf(state, configuration({ edition: 1 }));
    expect(planned).toEqual(prior);
    expect(said).toEqual([]);
  });
});

describe('another edition', () => {
  test('is a deploy whose plan shows what becomes of the sessions', async () => {
    const { planned, said } = await planOf(state, configuration({ edition: 2 }));
    expect(planned).toMatchObject({ edition: 2, activation: 4 });
    expect(planned.release).not.toBe(state.release);
    expect((planned.impact as Values).reasons).toEqual({ 'reset: BGP identifier': 6, 'retuned: export policy': 4 });
    // It changes what top-of-rack switches are advertised, and no agent says what there is to advertise.
    expect(said).toEqual([
      'Routes from outside are not fully known',
      'The gate requires sessions with outside neighbours: 2001:db8::1, 2001:db8::3, 2001:db8::4',
    ]);
  });

  test('stays when nothing is said of it any more', async () => {
    const { planned } = await planOf(state, configuration({ edition: 2 }));
    const deployed = { ...planned, activation: 4, behind: {} };
    const { prior, planned: after, said } = await planOf(deployed, configuration());
    expect(after).toEqual(prior);
    expect(said).toEqual([]);
  });

  test('is the newest for a new fabric, unless it says another one', async () => {
    const { planned, said } = await planOf(null, configuration());
    expect([planned.edition, said.includes(OLDER)]).toEqual([NEWEST_EDITION, false]);
    const old = await planOf(null, configuration({ edition: 1 }));
    expect(old.planned).toMatchObject({ edition: 1, release: release.digest });
  });

  test('is open as long as its value is, and known where something else is not', async () => {
    const unknown = await planOf(state, configuration({ edition: UNKNOWN }));
    expect(unknown.planned).toMatchObject({ edition: UNKNOWN, release: UNKNOWN });
    const other = await planOf(state, configuration({ as_number: UNKNOWN }));
    expect(other.planned).toMatchObject({ edition: 1, release: UNKNOWN });
    const created = await planOf(null, configuration({ as_number: UNKNOWN }));
    expect(created.planned).toMatchObject({ edition: NEWEST_EDITION, release: UNKNOWN });
  });

  test('comes with an import from what the agents run', () => {
    const of = (edition: number) => {
      const { fabric } = readFabric({ ...release.fabric, edition });
      return importedAttributes({ release: { digest: '', fabric: fabric! }, endpoints: {} }).edition;
    };
    expect([of(1), of(2)]).toEqual([1, 2]);
  });

  test('of a stack that says none is the one of the fabric that it changes', () => {
    const file = readFabricFile(join(FORMER, 'cdk.tf.json'));
    expect(asChangeOf({ ...file.fabric, edition: 2 }, file).fabric.edition).toBe(2);
    const said = { ...file, isOfOpenEdition: false };
    expect(asChangeOf({ ...file.fabric, edition: 2 }, said)).toBe(said);
  });

  test('that is newer than this version is refused with what to do, by plans and by agents', async () => {
    const sentence =
      'edition 3 is newer than this version of peerform, which supports editions up to 2. Upgrade peerform here and on every node of the fabric before you choose this edition.';
    const { diagnostics } = await planOf(state, configuration({ edition: 3 }));
    expect(`${diagnostics[0].summary}. ${diagnostics[0].detail}`).toBe(`edition: ${sentence}`);
    const newer = { ...release, fabric: { ...release.fabric, edition: 3 } };
    for (const open of [openRelease, reopenRelease])
      expect((open(newer) as unknown[]).map(String)).toEqual([`edition: ${sentence}`]);
  });

  test.each([0, -1, 1.5, '2', true])('is none that is %j', (edition) => {
    expect(readFabric({ ...release.fabric, edition }).problems.map(({ code }) => code)).toEqual(['range']);
  });
});

test('docs/editions.md has every change of every edition', () => {
  const page = readFileSync(join(__dirname, '../../docs/editions.md'), 'utf8').replace(/\s+/g, ' ');
  for (const { number, changes } of EDITIONS) {
    expect(page).toContain(`Edition ${number}`);
    for (const change of changes) expect(page).toContain(change);
  }
});
