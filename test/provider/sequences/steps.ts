import { NO_TROUBLES } from './agents';
import type { Step } from './step';
import type { Result } from './terraform';
import { KEYS, type Key, NODES, type NodeName, type World } from './world';

/** What must hold does not. */
export class Broken extends Error {}
const hold = (holds: boolean, what: () => string): void => {
  if (!holds) throw new Broken(what());
};

const said = ({ diagnostics }: Result) =>
  diagnostics
    .map(({ address, severity, summary, detail }) => `${severity} ${address}: ${summary}\n${detail}`)
    .join('\n');

/** What happened in all sequences so far, counted. */
export const TALLY = new Map<string, number>();
const count = (what: string): void => {
  TALLY.set(what, (TALLY.get(what) ?? 0) + 1);
};

/** Carries out a sequence; throws where something that is promised does not hold. */
export async function carryOut(world: World, steps: readonly Step[]): Promise<void> {
  for (const one of steps) {
    world.remember();
    await takeStep(world, one);
    if (one.heals) await healed(world);
  }
  await healed(world);
}

async function takeStep(world: World, one: Step): Promise<void> {
  for (const what of [
    `change: ${one.change.change}`,
    `trouble: ${one.trouble.trouble}`,
    `run: ${one.run.run}`,
    `after: ${one.after.after}`,
  ])
    count(what);
  changeMind(world, one);
  await cause(world, one);
  const before = confirmedOn(world);
  await runOf(world, one);
  checkNodes(world, one.run.run === 'destroy' ? new Map() : before);
  await world.agents.agree();
  if (!one.lasts) await world.mend();
  await world.agents.killProviderAfter(undefined); // The next run has a process of its own.
  await happen(world, one);
  await world.agents.agree();
}

function changeMind(world: World, { change: it }: Step): void {
  switch (it.change) {
    case 'hold time':
      world.change(it.key, { holdTime: it.to });
      return;
    case 'move':
      world.move(it.node);
      return;
    case 'drop':
      world.drop(it.node);
      return;
    case 'form':
      world.change(it.key, { isOfAttributes: !world.wishes[it.key].isOfAttributes });
      return;
    case 'rename':
      world.rename(it.key, it.isMoved);
      return;
    case 'secrets':
      world.change(it.key, { secretsVersion: world.wishes[it.key].secretsVersion + 1 });
      return;
    case 'ignore':
      world.change(it.key, { ignoresHoldTime: !world.wishes[it.key].ignoresHoldTime });
      return;
  }
}

async function cause(world: World, { trouble: it }: Step): Promise<void> {
  const { agents } = world;
  const { troubles } = agents;
  const more = (names: ReadonlySet<string>, name: string) => new Set([...names, name]);
  switch (it.trouble) {
    case 'faults':
      return agents.suffer({ ...troubles, faults: [...troubles.faults, ...it.faults] });
    case 'provider dies':
      return agents.killProviderAfter(it.verbs);
    case 'no sessions':
      return agents.suffer({ ...troubles, cut: more(troubles.cut, it.node) });
    case 'probe broken':
      world.isProbeBroken = true;
      return;
    case 'agent down':
      return agents.suffer({ ...troubles, down: more(troubles.down, it.node) });
    case 'disk full':
      return agents.suffer({ ...troubles, room: new Map([...troubles.room, [it.node, it.room]]) });
  }
}

async function runOf(world: World, { run: it }: Step): Promise<void> {
  switch (it.run) {
    case 'apply':
      count((await world.apply()).isOk ? 'applies that went through' : 'applies that failed');
      return;
    case 'plan':
      return unchanged(world, () => world.plan());
    case 'refresh only':
      return unchanged(world, () => world.terraform.refresh(world.blocks, { moved: world.moved }));
    case 'destroy':
      return destroyed(world);
    case 'apply without refresh':
      return void (await world.apply({ refresh: false }));
    case 'target fabric':
      return void (await world.apply({ targets: [`peerform_fabric.${world.wishes[it.key].address}`] }));
    case 'target all of one':
      return void (await world.apply({ targets: world.blocksOf(it.key).map(({ address }) => address) }));
    case 'replace':
      return replaced(world, it.key);
    case 'rename without moved':
      return renamedWithout(world, it.key);
    case 'claim twice':
      return claimedTwice(world, it.node, it.isTargeted);
    case 'another workspace':
      return anotherWorkspace(world);
  }
}

async function happen(world: World, { after: it }: Step): Promise<void> {
  switch (it.after) {
    case 'time passes':
      return world.agents.expire(...NODES);
    case 'wiped':
      return world.agents.wipe(it.node);
    case 'restarted':
      return world.agents.restart(it.node);
    case 'state goes back':
      return world.restore(it.steps);
  }
}

/** node → the fabric that it keeps; absent: none. */
const confirmedOn = (world: World): Map<NodeName, string> =>
  new Map(
    NODES.flatMap((name) => {
      const { confirmed } = world.agent(name).state;
      return confirmed ? [[name, confirmed.fabric] as const] : [];
    }),
  );

/** Each node runs what it keeps, or something on trial; and none that is still wanted lost what it kept. */
function checkNodes(world: World, before: ReadonlyMap<NodeName, string>): void {
  for (const name of NODES) {
    const { state } = world.agent(name);
    const wish = world.fabricOf(name);
    const isKept = JSON.stringify(state.active) === JSON.stringify(state.confirmed);
    hold(isKept || state.deadline !== null, () => `${name} runs what it does not keep, and has no deadline`);
    const wasOurs = wish && [wish.name, ...wish.formerNames].includes(before.get(name) ?? '');
    hold(!wasOurs || state.confirmed !== null, () => `${name} stays in fabric ${wish?.name}, and lost what it ran`);
  }
}

async function unchanged(world: World, act: () => Promise<unknown>): Promise<void> {
  const before = world.agents.everything;
  await act();
  hold(world.agents.everything === before, () => 'agents were changed by what must not change them');
}

/** Whether this owner keeps the fabric on some node that can be asked. */
const isKept = (world: World, key: Key): boolean =>
  world.wishes[key].nodes.some((name) => {
    const { confirmed, freed } = world.agent(name).state;
    const { name: fabric, formerNames } = world.wishes[key];
    return (
      !world.agents.troubles.down.has(name) &&
      !freed &&
      confirmed &&
      [fabric, ...formerNames].includes(confirmed.fabric)
    );
  });

async function replaced(world: World, key: Key): Promise<void> {
  await unchanged(world, async () => {
    const plan = await world.plan({ replace: `peerform_fabric.${world.wishes[key].address}` });
    hold(
      !plan.isOk || !isKept(world, key) || world.agents.isDead,
      () => `a plan takes fabric ${key} out of service first`,
    );
  });
}

async function renamedWithout(world: World, key: Key): Promise<void> {
  const { wishes } = world;
  const kept = isKept(world, key);
  world.change(key, { name: `${key}x`, address: `${key}x`, formerNames: [] });
  await unchanged(world, async () => {
    const plan = await world.plan();
    hold(!plan.isOk || !kept || world.agents.isDead, () => `a plan destroys fabric ${key} for another name`);
  });
  world.wishes = wishes;
}

async function claimedTwice(world: World, name: NodeName, isTargeted: boolean): Promise<void> {
  const { wishes } = world;
  const [key] = KEYS.filter((it) => !wishes[it].nodes.includes(name));
  const other = key === 'a' ? 'b' : 'a';
  if (!wishes[other].nodes.includes(name)) return;
  world.change(key, { nodes: [...wishes[key].nodes, name].sort() });
  const before = JSON.stringify(world.agent(name).state);
  const holder = world.agent(name).state.confirmed;
  if (!isTargeted) {
    const plan = await world.plan();
    hold(!plan.isOk, () => `two fabrics claim ${name}, and the plan does not say so`);
  } else if (holder && !world.agent(name).state.freed && [wishes[other].name].includes(holder.fabric)) {
    await world.apply({ targets: world.blocksOf(key).map(({ address }) => address) });
    hold(JSON.stringify(world.agent(name).state) === before, () => `fabric ${key} took ${name} from ${other}`);
  }
  world.wishes = wishes;
}

/** A destroy that goes through leaves nothing of what the state knows. */
async function destroyed(world: World): Promise<void> {
  const { isOk, diagnostics } = await world.apply({ destroys: true });
  if (!isOk) return;
  // Who left before and can't be told now is told of to who destroys.
  if (diagnostics.some(({ summary }) => summary === 'Some nodes may be unchanged')) world.hasForgotten = true;
  hold(world.terraform.state.size === 0, () => 'a destroy leaves something in the state');
  for (const name of NODES)
    hold(world.hasForgotten || world.agent(name).state.active === null, () => `${name} runs on after a destroy`);
}

/** Somebody else deploys the same: is refused where this owner keeps something, else has it, and destroys it again. */
async function anotherWorkspace(world: World): Promise<void> {
  const before = confirmedOn(world);
  const theirs = world.terraform.inWorkspace('theirs');
  process.env.TF_WORKSPACE = 'theirs';
  try {
    await world.apply({ moved: [] }, theirs);
    for (const [name, fabric] of before)
      hold(world.agent(name).state.confirmed?.fabric === fabric, () => `another owner changed what ${name} keeps`);
    const { agents } = world;
    const { troubles } = agents;
    await agents.suffer({ ...NO_TROUBLES, cut: troubles.cut });
    await agents.killProviderAfter(undefined);
    const gone = await theirs.apply([], { destroys: true });
    hold(gone.isOk, () => `what another owner deployed can't be destroyed\n${said(gone)}`);
    await agents.suffer(troubles);
  } finally {
    delete process.env.TF_WORKSPACE;
  }
}

/** Once causes are mended one apply converges, and the next plan is empty. */
async function healed(world: World): Promise<void> {
  await world.mend();
  await world.importLost();
  const before = confirmedOn(world);
  count('times that everything was mended, and one apply converged');
  const done = await world.apply();
  hold(done.isOk, () => `one apply does not converge\n${said(done)}`);
  checkNodes(world, before);
  const next = await world.plan();
  hold(
    next.isOk && next.changes.length === 0,
    () => `the next plan is not empty: ${next.changes.join(', ')}\n${said(next)}`,
  );
  for (const name of NODES) {
    const { state } = world.agent(name);
    const wish = world.fabricOf(name);
    if (!wish) {
      hold(world.hasForgotten || state.active === null, () => `${name} left, and still runs ${state.active?.fabric}`);
      continue;
    }
    const { release, activation } = next.planned.get(`peerform_fabric.${wish.address}`)!;
    hold(
      state.confirmed?.release === release && state.confirmed?.activation === activation && state.deadline === null,
      () => `${name} does not keep activation ${String(activation)}: ${JSON.stringify(state)}`,
    );
    hold(
      state.confirmed?.fabric === wish.name,
      () => `${name} is of fabric ${state.confirmed?.fabric}, not ${wish.name}`,
    );
  }
}
