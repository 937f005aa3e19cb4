import type { Neighbour } from '../orders';

/** What a daemon is to be configured for. All neighbours are external, connect to it and are told everything. */
export interface Task {
  /** An empty directory of this run. */
  readonly directory: string;
  /** Whether its routes go to the kernel. */
  readonly kernelRoutes: boolean;
  readonly as: number;
  readonly routerId: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly neighbours: readonly (Neighbour & { readonly isInjector: boolean })[];
  /** Addresses of its own. */
  readonly addresses: readonly string[];
  /** The bench's own programs. */
  readonly programs: string;
  /** Writes a file into the directory; gives its path. */
  write(name: string, text: string): string;
  path(name: string): string;
  /** Starts a process in the daemon's namespace. The last one started is the one that listens on port 179. */
  start(argv: readonly string[]): void;
  /** Runs a command in the daemon's namespace; gives what it says. */
  run(argv: readonly string[]): Promise<string>;
  /**
   * Asks a server on a unix socket: sends `question`, gives all that comes until `isWhole` says so or the server
   * closes.
   */
  ask(socket: string, question: string, isWhole?: (answer: Buffer) => boolean): Promise<string>;
}

/** A BGP daemon under test. */
export interface Daemon {
  readonly name: string;
  /** As it says itself; undefined: it is not installed. */
  version(): string | undefined;
  start(task: Task): void | Promise<void>;
  /** Whether it can write kernel routes on Linux, with no other daemon's help. */
  readonly writesKernel: boolean;
  /**
   * Begins to watch for pauses of its event loop; gives the longest one so far, in milliseconds, when it is called
   * again. Absent: unknown.
   */
  pauses?(task: Task): Promise<() => Promise<number>>;
  /** How many routes of the injector it holds, as it says itself; it is polled. */
  count(task: Task): Promise<number>;
}
