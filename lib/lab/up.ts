import { join, resolve } from 'node:path';
import { canonicalFabric } from '../model/canonical';
import type { Fabric } from '../model/fabric';
import { readFabric } from '../model/read';
import { claimSwitch, switchOf } from './build';
import type { SpeakerKind } from './daemon/daemons';
import { checkEtcd, newEtcd } from './etcd';
import { type Following, follow, isHalfGrown, unfollow } from './follow';
import { needed, planOf } from './history';
import { type Keys, keysFor, referencesIn } from './keys';
import { Lab } from './lab';
import { type LabPlan, NO_PLAN } from './lab-plan';
import type { AgentsDo } from './lab-state';
import { checkLinks } from './links';
import { neighbourLimit, neighbourWarning } from './neighbour-room';
import { chooseOutside } from './outside-speakers';
import { planLab } from './plan';
import { LAB_NAME } from './read-state';
import { realKey } from './real-key';
import { AGENT_COMMAND, filesOf } from './speakers';
import { isLab, isOwnFile, labsFolder, makeFolder, newState, readOwn, writeOwn, writeState } from './state';
import { hold, mayMakeNamespaces } from './user-namespace';

interface LabOptions {
  readonly fabric: Fabric;
  /** Name of the lab. Default: the fabric's. Two labs of the same name cannot run at once. */
  readonly name?: string;
  /** Its folder. Default: derived from its name. */
  readonly folder?: string;
  /**
   * Whether agents run the fabric at once, wait for a deploy, or are not started. Default: `running`, or as in the lab
   * if it is up.
   */
  readonly agents?: AgentsDo;
  /** Whether agents are reached through an etcd of the lab, too. Default: as in the lab if it is up. */
  readonly etcd?: boolean;
  /** Use a user namespace even as root. */
  readonly withoutRoot?: boolean;
  /** What acts as the outside. Default: BIRD if it is installed, otherwise agents. */
  readonly outside?: SpeakerKind;
  readonly agentCommand?: readonly string[];
  /** Called before each step with a short description. */
  readonly onStep?: (step: string) => void;
  /** Aborts the start; what was created by then is removed. */
  readonly signal?: AbortSignal;
}

/** The path of a Unix socket is limited to 108 octets; longer ones would fail later with an unclear message. */
const LONGEST_SOCKET_PATH = 100;

/**
 * Starts a lab, or updates a running one to its fabric. Rejects if a part of it fails, and then restores the previous
 * state.
 */
export function up(options: LabOptions): Promise<Lab> {
  const withoutRoot = options.withoutRoot ?? !mayMakeNamespaces();
  const name = options.name ?? options.fabric.name;
  const folder = resolve(options.folder ?? join(labsFolder(!withoutRoot), name));
  return isLab(folder) ? grow(Lab.open({ folder }), options) : start(name, folder, withoutRoot, options);
}

async function start(name: string, folder: string, withoutRoot: boolean, options: LabOptions): Promise<Lab> {
  const plan = planLab(options.fabric);
  const step = stepOf(options);
  checkNames(name, folder, plan, withoutRoot);
  checkLinks(options.fabric, plan);
  if (options.etcd) await checkEtcd(options.fabric.name, Object.keys(options.fabric.nodes));
  makeFolder(folder);
  const state = newState(name, options.agents ?? 'running');
  if (options.etcd) state.etcd = await newEtcd(options.fabric.name);
  writeState(folder, state);
  const lab = new Lab(folder, state);
  try {
    if (withoutRoot) {
      step('enter a new user namespace, as this is not root');
      await hold((holder) => {
        state.holder = holder;
        lab.save();
      });
    }
    const following = await followingOf(lab, options, [], plan, NO_PLAN);
    // Of two labs with the same name one gets the switch; the other fails here, and owns nothing that it would remove.
    if (!(await claimSwitch(lab.host, name)))
      throw new Error(`a lab named ${name} is already up; choose another --name`);
    state.namespaces = [switchOf(name)];
    await follow(following);
    options.signal?.throwIfAborted();
    remember(lab, [options.fabric]);
    return lab;
  } catch (error) {
    await lab.down();
    throw error;
  }
}

/** All fabrics since the first determine names in the lab, because names depend on what existed before. */
async function grow(lab: Lab, options: LabOptions): Promise<Lab> {
  const { fabric } = options;
  const former = fabricsOf(lab);
  const latest = former[former.length - 1];
  checkSame(lab, options, latest);
  const before = planOf(former);
  const plan = planLab(fabric, before);
  checkNames(lab.name, lab.folder, plan, lab.state.holder !== undefined);
  checkLinks(fabric, plan);
  if (lab.state.etcd) await checkEtcd(fabric.name, Object.keys(fabric.nodes));
  const following = await followingOf(lab, options, former, plan, before);
  try {
    if (isHalfGrown(following)) await unfollow(following);
    await follow(following);
  } catch (error) {
    await unfollow(following);
    throw error;
  }
  const isChanged = JSON.stringify(canonicalFabric(fabric)) !== JSON.stringify(canonicalFabric(latest));
  if (isChanged) remember(lab, needed([...former, fabric]));
  else following.step('the lab runs this fabric already');
  return lab;
}

function checkSame({ name, folder, state }: Lab, options: LabOptions, latest: Fabric): void {
  const { fabric, agents = state.agents } = options;
  const down = `peerform lab down --dir ${folder}`;
  if (options.name !== undefined && options.name !== name)
    throw new Error(`the lab in ${folder} is called ${name}, not ${options.name}; choose another --dir`);
  if (fabric.name !== latest.name)
    throw new Error(
      `the lab ${name} has fabric ${latest.name}, not ${fabric.name}; choose another --name, or stop it with: ${down}`,
    );
  if (options.etcd && !state.etcd)
    throw new Error(`the lab ${name} has no etcd; to change that, stop it with: ${down}`);
  if (agents !== state.agents)
    throw new Error(
      `the agents of the lab ${name} ${state.agents === 'idle' ? 'wait for a deploy' : 'run the fabric'}; to change that, stop it with: ${down}`,
    );
}

async function followingOf(
  lab: Lab,
  options: LabOptions,
  former: readonly Fabric[],
  plan: LabPlan,
  before: LabPlan,
): Promise<Following> {
  const step = stepOf(options);
  const crowded = neighbourWarning(
    plan.machines.filter(({ isOnSwitch }) => isOnSwitch).length,
    neighbourLimit() ?? Number.POSITIVE_INFINITY,
  );
  if (crowded !== undefined) step(crowded);
  const [, known] = lab.membersOf('outside')[0] ?? [];
  const asked = options.outside ?? known?.speaker;
  if (known?.speaker && asked !== known.speaker)
    throw new Error(
      `the outside neighbours of the lab ${lab.name} run ${known.speaker}; to change that, stop it with: peerform lab down --dir ${lab.folder}`,
    );
  return {
    ...{ lab, plan, before, step, fabric: options.fabric },
    keys: keysOf(lab, options.fabric, plan, former.length > 0, step),
    outside: await chooseOutside(lab.host, lab.state.holder !== undefined, asked, isOverLinks(plan)),
    agentCommand: options.agentCommand ?? AGENT_COMMAND,
  };
}

/**
 * Agents that run the fabric at once get keys generated by the lab. Those that wait for a deploy use the real ones, and
 * so do their neighbours, as far as they are available here.
 */
function keysOf(lab: Lab, fabric: Fabric, plan: LabPlan, isUp: boolean, step: (text: string) => void): Keys {
  const known = isUp ? ((readOwn(lab.folder, 'keys.json') ?? {}) as Keys) : {};
  const isIdle = lab.state.agents === 'idle';
  const outside = plan.machines.flatMap(({ sessions }) =>
    sessions.flatMap(({ password }) => password?.toString() ?? []),
  );
  const references = isIdle ? [...new Set(outside)] : referencesIn(fabric);
  const keys = keysFor(references, known, isIdle ? realKey : undefined);
  const madeUp = isIdle ? references.filter((reference) => realKey(reference) === undefined) : [];
  if (madeUp.length > 0)
    step(`make up keys for ${madeUp.join(', ')}: provide those in ${join(lab.folder, 'keys.json')} with the deploy`);
  if (references.length > 0 || Object.keys(known).length > 0) writeOwn(lab.folder, 'keys.json', keys);
  return keys;
}

/** Stored as given: names in a lab depend on the order of the fabric's maps, which the canonical form loses. */
const remember = (lab: Lab, fabrics: readonly Fabric[]): void => writeOwn(lab.folder, 'fabrics.json', fabrics);

function fabricsOf({ name, folder }: Lab): Fabric[] {
  const read = readOwn(folder, 'fabrics.json');
  const fabrics = Array.isArray(read) ? read.flatMap((one) => readFabric(one).fabric ?? []) : [];
  if (!Array.isArray(read) || fabrics.length !== read.length || fabrics.length === 0)
    throw new Error(
      `the lab ${name} was left half-made, or made by another version; stop it with: peerform lab down --dir ${folder}`,
    );
  return fabrics;
}

/** Whether an outside machine has a session without addresses. */
const isOverLinks = ({ machines }: LabPlan): boolean =>
  machines.some(({ sessions }) => sessions.some(({ link }) => link !== undefined));

const stepOf =
  ({ signal, onStep }: LabOptions) =>
  (text: string): void => {
    signal?.throwIfAborted();
    onStep?.(text);
  };

function checkNames(name: string, folder: string, plan: LabPlan, withoutRoot: boolean): void {
  if (!LAB_NAME.test(name))
    throw new Error(
      `${JSON.stringify(name)} is not a valid lab name: use letters, digits, dots, dashes and underscores`,
    );
  for (const { name: member } of plan.machines) {
    if (isOwnFile(member))
      throw new Error(`a lab cannot have a node called ${member}: one of its own files has that name`);
    if (filesOf(folder, member).agentSocket.length > LONGEST_SOCKET_PATH)
      throw new Error(`the path ${folder} is too long for the socket of ${member}; choose a shorter folder with --dir`);
  }
  if (withoutRoot && /^(\/var)?\/run(\/|$)/.test(folder))
    throw new Error(`${folder} is hidden in a rootless lab, which has its own /run; choose another with --dir`);
}
