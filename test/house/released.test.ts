import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from '../../lib/agent/store';
import { readFabricFile } from '../../lib/cli/fabric-file';
import { writeRelease } from '../../lib/control/release';
import { canonicalFabric } from '../../lib/model/canonical';
import { pack } from '../../lib/provider/protocol/msgpack';
import { PROVIDER } from '../../lib/provider/provider';
import { AsWritten, conformObject, mapValues, type Value, type Values } from '../../lib/provider/value';
import { ROOT, read } from './pages';
import { content, rpc } from './provider-rpc';

// What each released version wrote (scripts/record-version.mjs), read by this one.
const FIXTURES = join(ROOT, 'test/fixtures/released');
const versions = readdirSync(FIXTURES);

/** A node or a state that is upgraded often is read and written by many versions in a row. */
const TIMES = 10;
const tenTimes = async <T>(value: T, once: (value: T) => T | Promise<T>): Promise<T> => {
  let now = value;
  for (let i = 0; i < TIMES; i++) now = await once(now);
  return now;
};

let known: string[] | undefined;
/** What this version promises to keep. */
const names = (): string[] => {
  known ??= JSON.parse(execFileSync(process.execPath, ['scripts/public-names.mjs'], { cwd: ROOT, encoding: 'utf8' }));
  return known!;
};

test('every version in the changelog was recorded', () => {
  const released = [...read('CHANGELOG.md').matchAll(/^## (\d+\.\d+\.\d+)/gm)].map(([, version]) => version);
  expect(versions).toEqual(expect.arrayContaining([...released, JSON.parse(read('package.json')).version]));
});

describe.each(versions)('what version %s wrote', (version) => {
  const file = (...path: string[]) => join(FIXTURES, version, ...path);
  const json = (...path: string[]) => JSON.parse(readFileSync(file(...path), 'utf8'));
  const release = () => json('agent/releases', readdirSync(file('agent/releases'))[0]);

  test('on the disk of a node is taken over by an agent, ten times in a row', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerform-released-'));
    try {
      cpSync(file('agent'), folder, { recursive: true });
      const { node } = json('agent/state.json') as { node: string };
      const first = new Store(folder, node).load();
      const { active, confirmed } = first.transaction;
      expect(active).toEqual(confirmed);
      const last = await tenTimes(first, () => {
        const store = new Store(folder, node); // as an agent that has just started
        const state = store.load();
        const held = store.loadRelease(state.transaction.active!.release);
        expect(held.digest).toBe(active!.release);
        store.saveRelease(held);
        store.save(state);
        store.tidy(state.transaction);
        return state;
      });
      expect(last).toEqual(first);
      expect(writeRelease(new Store(folder, node).loadRelease(active!.release))).toEqual(release());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('by name is there still: exports, commands, options, exit codes, fields and attributes', () => {
    const recorded = json('names.json') as string[];
    expect(recorded.length).toBeGreaterThan(300);
    expect(recorded.filter((name) => !names().includes(name))).toEqual([]);
  });

  test('in a stack of constructs is the same release', () =>
    expect(canonicalFabric(readFabricFile(file('cdk.tf.json')).fabric)).toEqual(release().fabric));

  const resources = json('terraform.tfstate').resources as {
    type: string;
    instances: { schema_version: number; attributes: Values }[];
  }[];

  test('in the state of Terraform are all three resources', () =>
    expect(resources.map(({ type }) => type).sort()).toEqual(Object.keys(PROVIDER.resources).sort()));

  test.each(resources.map(({ type, instances }) => [type, instances[0]] as const))(
    'in the state of Terraform is kept by a plan, ten times in a row: %s',
    async (typeName, { schema_version, attributes }) => {
      const { schema } = PROVIDER.resources[typeName];
      let stored = schema_version;
      const last = await tenTimes(attributes, async (state) => {
        const { upgradedState, diagnostics: about = [] } = await rpc('UpgradeResourceState', {
          typeName,
          version: stored,
          rawState: { json: Buffer.from(JSON.stringify(state)) },
        });
        const prior = content(upgradedState);
        // What the person wrote, and nothing that the provider found out.
        const config = conformObject(
          mapValues(prior, (value: Value, name) => (isWritten(schema.attributes[name]?.set) ? value : null)),
          schema.attributes,
        );
        const { plannedState, diagnostics = [] } = await rpc('PlanResourceChange', {
          typeName,
          priorState: { msgpack: pack(prior) },
          proposedNewState: { msgpack: pack(prior) },
          config: { msgpack: pack(config) },
        });
        expect([...about, ...diagnostics].map(({ summary }) => summary)).toEqual([]);
        expect(content(plannedState)).toEqual(prior);
        stored = schema.version;
        return mapValues(prior, asStored);
      });
      expect(last).toMatchObject(attributes); // and null for what a later version added
    },
  );
});

const isWritten = (set: string | undefined): boolean => set === 'required' || set === 'optional';

/** As in a state: the type of what may be of any is beside it. */
const asStored = (value: Value): Value =>
  value instanceof AsWritten ? { value: value.value, type: JSON.parse(value.type) } : value;
