import type { OutsideConfig } from './config';

/** Path of a file in the machine's own folder. */
export type Own = (file: string) => string;

type Argv = readonly string[];

/** A BGP daemon that can stand for the outside. All commands run in the machine's namespace. */
export interface Daemon {
  /** For people. */
  readonly title: string;
  /** Debian's package of it. */
  readonly package: string;
  /** How it is asked for its version; the first group of the pattern is that. */
  readonly version: { argv(): Argv; readonly pattern: RegExp };
  /** Why it runs only in a lab of root; absent: it runs in any. */
  readonly needsRoot?: string;
  /** Whether packets follow the routes that it learns. */
  readonly writesKernelRoutes: boolean;
  /** Its configuration: name and content of each file. */
  files(config: OutsideConfig): Readonly<Record<string, string>>;
  /** Starts it in the foreground; what it logs goes to standard output. */
  argv(own: Own, config: OutsideConfig): Argv;
  /** What is configured once it runs, as its files have no place for it. */
  commands?(config: OutsideConfig): readonly Argv[];
  /** Has it take up what its files say now, and touch no session that stays. `before`: what they said. */
  reload(own: Own, config: OutsideConfig, before: OutsideConfig, pid: number): readonly Argv[];
  /** Asks for its sessions; it takes orders as soon as that succeeds. */
  readonly sessions: {
    argv(own: Own): Argv;
    /** Whether each of them is Established. */
    read(text: string): readonly boolean[];
  };
}
