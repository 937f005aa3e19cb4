import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentClient } from '../control/client';
import type { AddressFamily, IpAddress } from '../model/address';
import { namespaceOf, plugIn, unplug } from './build';
import type { SpeakerKind } from './daemon/daemons';
import type { Host, Outcome } from './host';
import type { Workload } from './lab-plan';
import type { LabMember, LabState } from './lab-state';
import { probe } from './probe';
import { end, isAlive, track } from './process';
import { agentArgv, awaitSpeaker, filesOf } from './speakers';
import { findFolder, readState, removeFolder, writeState } from './state';
import { isSettled, type MemberStatus, memberStatus } from './status';
import { hostOf, mayMakeNamespaces } from './user-namespace';

/** A lab that is up, or what is left of one: everything is by its state, so any process may open it. */
export class Lab {
  constructor(
    readonly folder: string,
    readonly state: LabState,
  ) {}

  /** Opens the lab in a folder, or by name, or the only one there is. Throws where there is none. */
  static open(which: { readonly name?: string; readonly folder?: string } = {}): Lab {
    const folder = findFolder(mayMakeNamespaces(), which.name, which.folder);
    return new Lab(folder, readState(folder));
  }

  get name(): string {
    return this.state.name;
  }

  /** What `--lab` takes for it: its name, where it lies where labs lie. */
  get handle(): string {
    return findFolder(mayMakeNamespaces(), this.name) === this.folder ? this.name : this.folder;
  }

  /** Whose the agents are that it has run the fabric. */
  get owner(): string {
    return `lab ${this.name}`;
  }

  /** Where the lab's own commands run. Throws where that is gone. */
  get host(): Host {
    const { holder } = this.state;
    if (holder && !isAlive(holder))
      throw new Error(
        `the lab ${this.name} has ended with process ${holder.pid}, which kept its namespaces; remove its files with: peerform lab down`,
      );
    return hostOf(holder);
  }

  /** Node → endpoint of its agent, as a fabric names it. */
  get endpoints(): Record<string, string> {
    const nodes = this.membersOf('node').map(([name]) => [name, `unix://${filesOf(this.folder, name).agentSocket}`]);
    return Object.fromEntries(nodes) as Record<string, string>;
  }

  /** Endpoint of the first node whose agent runs; it knows the others. Throws where none does. */
  get endpoint(): string {
    const running = Object.entries(this.endpoints).find(([node]) => this.isRunning(node));
    if (!running) throw new Error(`no agent of the lab ${this.name} is running`);
    return running[1];
  }

  membersOf(kind: LabMember['kind']): [string, LabMember][] {
    return Object.entries(this.state.members).filter(([, member]) => member.kind === kind);
  }

  /** The agent of a node, or of an outside machine that one stands for. */
  agent(name: string): AgentClient {
    return new AgentClient(`unix://${filesOf(this.folder, name).agentSocket}`);
  }

  /** How to run a command in a member's namespace, from outside. */
  argv(name: string, argv: readonly string[]): string[] {
    return this.host.within(this.member(name).namespace, argv);
  }

  /** Runs a command in a member's namespace, however it ends. */
  run(name: string, argv: readonly string[]): Promise<Outcome> {
    return this.host.attempt(['ip', 'netns', 'exec', this.member(name).namespace, ...argv]);
  }

  /** Whether an address answers a member within `seconds`, tried again until then. */
  async reaches(name: string, address: IpAddress | string, seconds = 1): Promise<boolean> {
    const until = Date.now() + seconds * 1000;
    do {
      const { code } = await this.run(name, probe(String(address)));
      if (code === 0) return true;
      await sleep(50);
    } while (Date.now() < until);
    return false;
  }

  /** Puts a workload behind a node; its route is in the node's kernel when this resolves. */
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

  /** Takes a workload away, and with it the kernel's routes to it. */
  async removeWorkload(name: string): Promise<void> {
    const { host: node, interface: device } = this.member(name);
    if (node === undefined || device === undefined) throw new Error(`${name} is not a workload`);
    await unplug(this.host, this.name, { name, host: node, interface: device });
    this.forget(name);
    this.save();
  }

  /** Starts what speaks BGP in a member; resolves when it takes orders. */
  async start(name: string, kind: SpeakerKind, argv: readonly string[]): Promise<void> {
    const { log } = filesOf(this.folder, name);
    const process = await this.host.start(['ip', 'netns', 'exec', this.member(name).namespace, ...argv], log);
    this.state.processes[name] = process;
    this.add(name, { ...this.member(name), speaker: kind });
    this.save();
    await awaitSpeaker(this, name, kind, process);
  }

  /** Starts a node's agent again with the state it left. */
  startAgent(name: string, command: readonly string[]): Promise<void> {
    return this.start(name, 'agent', agentArgv(command, this.folder, name));
  }

  /** Starts what runs BFD for the agent of a member, unless it runs. */
  async startBfd(name: string, command: readonly string[]): Promise<void> {
    const { own, bfdSocket, bfdLog } = filesOf(this.folder, name);
    const known = this.state.bfd?.[name];
    if (known && isAlive(known)) return;
    mkdirSync(own(''), { recursive: true });
    const argv = ['ip', 'netns', 'exec', this.member(name).namespace, ...command, 'bfd', '--socket', bfdSocket];
    this.state.bfd = { ...this.state.bfd, [name]: await this.host.start(argv, bfdLog) };
    this.save();
  }

  /** Ends it as a failure does, or (SIGTERM) as a restart. */
  async stopBfd(name: string): Promise<void> {
    const { [name]: process, ...others } = this.state.bfd ?? {};
    if (process) await end([process]);
    this.state.bfd = others;
    this.save();
  }

  /** Ends what speaks BGP in a member, politely or by SIGKILL. */
  async stop(name: string, graceMs = 5000): Promise<void> {
    const process = this.state.processes[name];
    if (process) await end([process], graceMs);
    delete this.state.processes[name];
    this.save();
  }

  /**
   * Waits until every agent runs a fabric and all sessions are Established; false if that does not come within the
   * time.
   */
  async settles(seconds: number): Promise<boolean> {
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(100))
      if (isSettled(await this.status())) return true;
    return false;
  }

  /** What every member says of itself. */
  status(): Promise<MemberStatus[]> {
    return Promise.all(Object.entries(this.state.members).map(([name, member]) => memberStatus(this, name, member)));
  }

  /** What a member's speaker wrote. */
  logOf(name: string): string {
    return readFileSync(filesOf(this.folder, name).log, 'utf8');
  }

  isRunning(name: string): boolean {
    const process = this.state.processes[name];
    return process !== undefined && isAlive(process);
  }

  /**
   * Unmakes the lab: ends every process that runs in its namespaces and no other, removes the namespaces and its files.
   * Whatever is gone already is not an error, so it works after any crash, and twice.
   */
  async down(): Promise<void> {
    const { state } = this;
    await end([...Object.values(state.processes), ...Object.values(state.bfd ?? {})]);
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
   * A crash may come between the start of a process and its being written down, and `exec` starts others: a namespace
   * knows who is in it.
   */
  private async endStrays(): Promise<void> {
    const script = 'for name; do ip netns pids "$name" 2>/dev/null; done';
    const { stdout } = await this.host.attempt(['sh', '-c', script, 'sh', ...this.state.namespaces]);
    await end(stdout.split('\n').filter(Boolean).map(Number).map(track), 1000);
  }

  /** Writes down a member, before it is made. */
  add(name: string, member: LabMember): void {
    this.state.members[name] = member;
  }

  /** Forgets a member that is gone, and its files. */
  forget(name: string): void {
    const namespace = this.state.members[name]?.namespace;
    this.state.namespaces = this.state.namespaces.filter((one) => one !== namespace);
    delete this.state.members[name];
    rmSync(filesOf(this.folder, name).own(''), { recursive: true, force: true });
  }

  save(): void {
    writeState(this.folder, this.state);
  }

  private member(name: string): LabMember {
    const member = this.state.members[name];
    if (!member) throw new Error(`the lab has no ${name}; it has ${Object.keys(this.state.members).join(', ')}`);
    return member;
  }

  /** An interface like those the node has, with the next number. */
  private freeInterface(node: string): string {
    const taken = Object.values(this.state.members).flatMap(({ host, interface: device }) =>
      host === node ? device : [],
    );
    const [like = 'cali1'] = taken.filter((device) => device !== undefined);
    const stem = like.replace(/\d+$/, '');
    for (let i = 1; ; i++) if (!taken.includes(`${stem}${i}`)) return `${stem}${i}`;
  }
}
