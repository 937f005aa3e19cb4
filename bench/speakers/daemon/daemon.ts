import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Neighbour } from '../orders';

/**
 * What a daemon is to be configured for. All neighbours connect to it and are told everything; those of its own AS are
 * clients of a route reflector.
 */
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

/** A tree of the files of another Debian than this host, with the daemons of its time (`scripts/debian-tree.mjs`). */
export interface Tree {
  readonly folder: string;
  /** Folder within it that BIRD 2 is in, where its package excludes that of BIRD 3. */
  readonly bird2?: string;
}

/** The command line that runs a program of a tree; it sees `directory` of this host. */
export const entered = (tree: Tree | undefined, directory: string, argv: readonly string[]): readonly string[] =>
  tree ? [join(process.cwd(), 'scripts', 'enter-tree.sh'), tree.folder, directory, ...argv] : argv;

/** What a program says of its version, be it of a tree or of this host. */
export function versionOf(tree: Tree | undefined, file: string, option: string): string {
  const argv = tree ? ['chroot', tree.folder, file, option] : [file, option];
  const { stdout, stderr } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`;
}

/** A BGP daemon under test. */
export interface Daemon {
  readonly name: string;
  /** Where its files are; absent: on this host. */
  readonly tree?: Tree;
  /** It has more than one thread, and all cores, which it shares with its neighbours. Default: a core to itself. */
  readonly isWide?: boolean;
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
