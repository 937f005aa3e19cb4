import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentClient } from '../control/client';
import type { AddressFamily, IpAddress } from '../model/address';
import { namespaceOf, plugIn, unplug } from './build';
import type { SpeakerKind } from './daemon/daemons';
import { type EtcdStatus, etcdEnvironment, etcdStatus, etcdUrl, relayArgv } from './etcd';
import type { Host, Outcome } from './host';
import type { Workload } from './lab-plan';
import type { LabMember, LabState } from './lab-state';
import { probe } from './probe';
import { end, isAlive, track } from './process';
import { agentArgv, awaitSpeaker, filesOf } from './speakers';
import { findFolder, readState, removeFolder, writeState } from './state';
import { isSettled, type MemberStatus, memberStatus } from './status';
import { hostOf, mayMakeNamespaces } from './user-namespace';

/** Kinds of processes beside the speaker of a member. */
type Beside = 'bfd' | 'relays';

/** A running lab, or what is left of one. All state is in its folder, so any process may open it. */
export class Lab {
  constructor(
    readonly folder: string,
    readonly state: LabState,
  ) {}

  /** Opens the lab in a folder, or by name, or the only one there is. Throws if there is none. */
  static open(which: { readonly name?: string; readonly folder?: string } = {}): Lab {
    const folder = findFolder(mayMakeNamespaces(), which.name, which.folder);
    return new Lab(folder, readState(folder));
  }

  get name(): string {
    return this.state.name;
  }

  /** Value for `--lab`: its name if it is in the default location, otherwise its folder. */
  get handle(): string {
    return findFolder(mayMakeNamespaces(), this.name) === this.folder ? this.name : this.folder;
  }

  /** Owner of the agents that run the fabric. */
  get owner(): string {
    return `lab ${this.name}`;
  }

  /** Where the lab's commands run. Throws if it is gone. */
  get host(): Host {
    const { holder } = this.state;
    if (holder && !isAlive(holder))
      throw new Error(
        `the lab ${this.name} has ended with process ${holder.pid}, which kept its namespaces; remove its files with: peerform lab down`,
      );
    return hostOf(holder);
  }

  /** Endpoints of the agents, by node, as in a fabric. */
  get endpoints(): Record<string, string> {
    const { etcd } = this.state;
    const of = (name: string) => (etcd ? `${etcdUrl(etcd)}/${name}` : this.socket(name));
    return Object.fromEntries(this.membersOf('node').map(([name]) => [name, of(name)]));
  }

  /** Socket of the first running agent, which knows the endpoints of the others. Throws if none is running. */
  get endpoint(): string {
    const running = this.membersOf('node').find(([node]) => this.isRunning(node));
    if (!running) throw new Error(`no agent of the lab ${this.name} is running`);
    return this.socket(running[0]);
  }

  /** Environment variables of those who use its endpoints. */
  get environment(): Readonly<Record<string, string>> {
    return this.state.etcd ? etcdEnvironment(this.folder, 'deployer') : {};
  }

  membersOf(kind: LabMember['kind']): [string, LabMember][] {
    return Object.entries(this.state.members).filter(([, member]) => member.kind === kind);
  }

  /** The agent of a node, or of an outside machine that is run by one. */
  agent(name: string): AgentClient {
    return new AgentClient(this.socket(name));
  }

  /** Command line to run a command in a member's namespace. */
  argv(name: string, argv: readonly string[]): string[] {
    return this.host.within(this.member(name).namespace, argv);
  }

  /** Runs a command in a member's namespace, and returns its result even if it fails. */
  run(name: string, argv: readonly string[]): Promise<Outcome> {
    return this.host.attempt(['ip', 'netns', 'exec', this.member(name).namespace, ...argv]);
  }

  /** Whether an address becomes reachable from a member within `seconds`; retries until then. */
  async reaches(name: string, address: IpAddress | string, seconds = 1): Promise<boolean> {
    const until = Date.now() + seconds * 1000;
    do {
      const { code } = await this.run(name, probe(String(address)));
      if (code === 0) return true;
      await sleep(50);
    } while (Date.now() < until);
    return false;
  }

  /** Adds a workload behind a node. Its route is in the node's kernel when this resolves. */
  async addWorkload(node: string, name: string, addresses: Partial<Record<AddressFamily, IpAddress>>): Promise<void> {
    this.member(node);
    if (this.state.members[name]) throw new Error(`the lab already has a ${name}`);
    const workload: Workload = { name, host: node, interface: this.freeInterface(node), addresses };
    const namespace = namespaceOf(this.name, name);
    this.add(name, {
      kind: 'workload',
      namespace,
      addresses: Object.values(addresses).map(String),
      host: node,
      interface: workload.interface,
    });
    this.state.namespaces.push(namespace);
    this.save();
    await plugIn(this.host, this.name, workload);
  }

  /** Removes a workload and the kernel's routes to it. */
  async removeWorkload(name: string): Promise<void> {
    const { host: node, interface: device } = this.member(name);
    if (node === undefined || device === undefined) throw new Error(`${name} is not a workload`);
    await unplug(this.host, this.name, { name, host: node, interface: device });
    this.forget(name);
    this.save();
  }

  /** Starts the BGP speaker of a member. Resolves when it is ready. */
  async start(name: string, kind: SpeakerKind, argv: readonly string[]): Promise<void> {
    const { log } = filesOf(this.folder, name);
    const process = await this.host.start(['ip', 'netns', 'exec', this.member(name).namespace, ...argv], log);
    this.state.processes[name] = process;
    this.add(name, { ...this.member(name), speaker: kind });
    this.save();
    await awaitSpeaker(this, name, kind, process);
  }

  /** Restarts a node's agent with its previous state. */
  startAgent(name: string, command: readonly string[]): Promise<void> {
    const { etcd } = this.state;
    const reached = etcd && { ...etcdEnvironment(this.folder, { node: name }), PEERFORM_ETCD: etcdUrl(etcd) };
    return this.start(name, 'agent', agentArgv(command, this.folder, name, reached));
  }

  /** Starts BFD for the agent of a member, unless it is running. */
  async startBfd(name: string, command: readonly string[]): Promise<void> {
    const { bfdSocket, bfdLog } = filesOf(this.folder, name);
    await this.startBeside('bfd', name, [...command, 'bfd', '--socket', bfdSocket], bfdLog);
  }

  /** Makes etcd reachable from a node, unless it is. */
  async startRelay(name: string): Promise<void> {
    const { etcd } = this.state;
    if (etcd) await this.startBeside('relays', name, relayArgv(this.folder, etcd), filesOf(this.folder, name).relayLog);
  }

  private async startBeside(kind: Beside, name: string, argv: readonly string[], log: string): Promise<void> {
    const known = this.state[kind]?.[name];
    if (known && isAlive(known)) return;
    mkdirSync(filesOf(this.folder, name).own(''), { recursive: true });
    const process = await this.host.start(['ip', 'netns', 'exec', this.member(name).namespace, ...argv], log);
    // Others start at the same time: what they add must not be lost, or they would be started again, and never ended.
    this.state[kind] = { ...this.state[kind], [name]: process };
    this.save();
  }

  /** Stops what runs beside the speaker of a member. */
  async stopBeside(kind: Beside, name: string): Promise<void> {
    const process = this.state[kind]?.[name];
    if (!process) return;
    await end([process]);
    const { [name]: _, ...others } = this.state[kind] ?? {};
    this.state[kind] = others;
    this.save();
  }

  /** Stops the BGP speaker of a member: gracefully, or by SIGKILL. */
  async stop(name: string, graceMs = 5000): Promise<void> {
    const process = this.state.processes[name];
    if (process) await end([process], graceMs);
    delete this.state.processes[name];
    this.save();
  }

  /** Waits until every agent runs a fabric and all sessions are Established. Returns false on timeout. */
  async settles(seconds: number): Promise<boolean> {
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(100))
      if (isSettled(await this.status())) return true;
    return false;
  }

  /** Status of every member. */
  status(): Promise<MemberStatus[]> {
    return Promise.all(Object.entries(this.state.members).map(([name, member]) => memberStatus(this, name, member)));
  }

  /** Status of its etcd; undefined if it has none. */
  async etcd(): Promise<EtcdStatus | undefined> {
    return this.state.etcd && etcdStatus(this.folder, this.state.etcd);
  }

  /** Log of a member's speaker. */
  logOf(name: string): string {
    return readFileSync(filesOf(this.folder, name).log, 'utf8');
  }

  isRunning(name: string): boolean {
    const process = this.state.processes[name];
    return process !== undefined && isAlive(process);
  }

  /**
   * Removes the lab: ends exactly the processes that run in its namespaces, and removes the namespaces and its files.
   * What is already gone is not an error, so it works after any crash, and twice.
   */
  async down(): Promise<void> {
    const { state } = this;
    const { processes, bfd = {}, relays = {}, etcd } = state;
    await end([processes, bfd].flatMap((all) => Object.values(all)));
    await end([...Object.values(relays), ...(etcd?.process ? [etcd.process] : [])]);
    if (state.holder === undefined || isAlive(state.holder)) {
      await this.endStrays();
      await this.host.attempt([
        'sh',
        '-c',
        'for name; do ip netns delete "$name" 2>/dev/null; done',
        'sh',
        ...state.namespaces,
      ]);
    }
    if (state.holder) await end([state.holder]);
    removeFolder(this.folder, state);
  }

  /**
   * A crash may come between starting a process and recording it, and `exec` starts others: a namespace lists its
   * processes.
   */
  private async endStrays(): Promise<void> {
    const script = 'for name; do ip netns pids "$name" 2>/dev/null; done';
    const { stdout } = await this.host.attempt(['sh', '-c', script, 'sh', ...this.state.namespaces]);
    await end(stdout.split('\n').filter(Boolean).map(Number).map(track), 1000);
  }

  /** Records a member before it is created. */
  add(name: string, member: LabMember): void {
    this.state.members[name] = member;
  }

  /** Removes a member from the state, and its files. */
  forget(name: string): void {
    const namespace = this.state.members[name]?.namespace;
    this.state.namespaces = this.state.namespaces.filter((one) => one !== namespace);
    delete this.state.members[name];
    rmSync(filesOf(this.folder, name).own(''), { recursive: true, force: true });
  }

  save(): void {
    writeState(this.folder, this.state);
  }

  private socket(name: string): string {
    return `unix://${filesOf(this.folder, name).agentSocket}`;
  }

  private member(name: string): LabMember {
    const member = this.state.members[name];
    if (!member) throw new Error(`the lab has no ${name}; it has ${Object.keys(this.state.members).join(', ')}`);
    return member;
  }

  /** The next free interface name in the node's numbering. */
  private freeInterface(node: string): string {
    const taken = Object.values(this.state.members).flatMap(({ host, interface: device }) =>
      host === node ? device : [],
    );
    const [like = 'cali1'] = taken.filter((device) => device !== undefined);
    const stem = like.replace(/\d+$/, '');
    for (let i = 1; ; i++) if (!taken.includes(`${stem}${i}`)) return `${stem}${i}`;
  }
}
