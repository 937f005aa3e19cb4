import type { OutsideConfig } from './config';

/** Path of a file in the machine's folder. */
export type Own = (file: string) => string;

type Argv = readonly string[];

/** A BGP daemon that can act as an outside machine. All commands run in the machine's namespace. */
export interface Daemon {
  /** Display name. */
  readonly title: string;
  /** Debian package. */
  readonly package: string;
  /** How to query its version, which is the first group of the pattern. */
  readonly version: { argv(): Argv; readonly pattern: RegExp };
  /** Why it requires a lab created by root. Unset: it does not. */
  readonly needsRoot?: string;
  /** Whether it installs learned routes in the kernel. */
  readonly writesKernelRoutes: boolean;
  /** Whether it finds neighbours on links without addresses. Default: it does not. */
  readonly findsNeighbours?: boolean;
  /** Configuration files: name and content. */
  files(config: OutsideConfig): Readonly<Record<string, string>>;
  /** Command that runs it in the foreground, logging to standard output. */
  argv(own: Own, config: OutsideConfig): Argv;
  /** Commands for settings that have no place in its files, run once it is up. */
  commands?(config: OutsideConfig): readonly Argv[];
  /** Reloads the configuration without affecting unchanged sessions. `before`: previous configuration. */
  reload(own: Own, config: OutsideConfig, before: OutsideConfig, pid: number): readonly Argv[];
  /** Lists its sessions; it is ready as soon as this succeeds. */
  readonly sessions: {
    argv(own: Own): Argv;
    /** For each session, whether it is Established. */
    read(text: string): readonly boolean[];
  };
}
