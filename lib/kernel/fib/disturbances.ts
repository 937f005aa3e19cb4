import { existsSync, readFileSync } from 'node:fs';
import { printable } from '../../model/printable';

/** What another process did to a route or a nexthop object of ours. */
export type Deed = 'deleted' | 'replaced' | 'added';

/** Changes within this many milliseconds are reported together. */
const WINDOW = 500;
/** Maximum number of writers that are named: a script that runs `ip` in a loop is a new process each time. */
const MOST_NAMED = 3;
/** Larger port ids are not process ids: the kernel assigns them to a process's further sockets. */
const LARGEST_PROCESS = 1 << 22;

/** The events of one window. Only the first of each kind is named: there may be a million. */
interface Window {
  readonly writers: Map<number, string>;
  readonly routes: Map<Deed, Named>;
  readonly objects: Map<Deed, number>;
  /** Routes lost with their nexthop objects. */
  lost: number;
  readonly fights: Named & { readonly seen: Set<number> };
}

interface Named {
  first: string;
  count: number;
}

/** Describes what others did to our routes, one sentence for each burst. */
export class Disturbances {
  /** The last sentence. */
  last: string | undefined;
  private window: Window | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly say: (message: string) => void,
    /** Whether everything is repaired by now. */
    private readonly isRepaired: () => boolean,
    /** Called at once: many writers exit a moment later. */
    private readonly nameOf: (port: number) => string = writerName,
  ) {}

  /** A route was changed, and is repaired at once. */
  route(port: number, deed: Deed, prefix: () => string): void {
    const { routes } = this.open(port);
    const known = routes.get(deed);
    if (known) known.count++;
    else routes.set(deed, { first: prefix(), count: 1 });
  }

  /** A nexthop object was changed, and `lost` routes were lost with it. */
  object(port: number, deed: Deed, lost: number): void {
    const window = this.open(port);
    window.objects.set(deed, (window.objects.get(deed) ?? 0) + 1);
    window.lost += lost;
  }

  /** A route is changed repeatedly: it is written again after a pause. */
  fight(port: number, item: number, prefix: () => string): void {
    const { fights } = this.open(port);
    if (fights.seen.has(item)) return;
    if (fights.seen.size === 0) fights.first = prefix();
    fights.seen.add(item);
    fights.count++;
  }

  /** Reports what was not reported yet. */
  close(): void {
    clearTimeout(this.timer);
    this.tell();
  }

  private open(port: number): Window {
    if (!this.window) {
      const fights = { first: '', count: 0, seen: new Set<number>() };
      this.window = { writers: new Map(), routes: new Map(), objects: new Map(), lost: 0, fights };
      this.timer = setTimeout(() => this.tell(), WINDOW);
      this.timer.unref();
    }
    const { writers } = this.window;
    if (!writers.has(port) && writers.size <= MOST_NAMED)
      writers.set(port, writers.size < MOST_NAMED ? this.nameOf(port) : 'others');
    return this.window;
  }

  private tell(): void {
    const { window } = this;
    this.window = undefined;
    if (!window) return;
    const who = list([...window.writers.values()]);
    const done = deedsOf(window);
    if (done.length > 0)
      this.tellOf(`kernel routes changed by ${who}: ${done.join(', ')}; ${this.isRepaired() ? '' : 'being '}repaired`);
    const { fights } = window;
    const keeps = window.writers.size === 1 ? 'keeps' : 'keep';
    const them = fights.count === 1 ? 'it' : 'them';
    if (fights.count > 0)
      this.tellOf(`${who} ${keeps} deleting or changing ${nameThem(fights)}; writing ${them} again in 1 s`);
  }

  private tellOf(message: string): void {
    this.last = message;
    this.say(message);
  }
}

function deedsOf({ routes, objects, lost }: Window): string[] {
  const withThem = lost === 0 ? '' : `, with ${lost} ${lost === 1 ? 'route' : 'routes'}`;
  return [
    ...[...routes].map(([deed, named]) => `${nameThem(named)} ${deed}`),
    ...[...objects].map(
      ([deed, count]) =>
        `${count} nexthop ${count === 1 ? 'object' : 'objects'} ${deed}${deed === 'deleted' ? withThem : ''}`,
    ),
  ];
}

const nameThem = ({ first, count }: Named): string => (count === 1 ? first : `${first} and ${count - 1} more`);

const list = (names: readonly string[]): string =>
  names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** The writer behind a netlink port id: usually the process id; 0 is the kernel. */
export function writerName(port: number): string {
  if (port === 0) return 'the kernel';
  if (port > LARGEST_PROCESS) return 'an unknown process';
  try {
    return `process ${port} (${printable(readFileSync(`/proc/${port}/comm`, 'utf8').trim(), 16)})`;
  } catch {
    // If /proc hides process 1, it hides other users' processes as well (ProtectProc=invisible).
    return existsSync('/proc/1/comm') ? `process ${port} (ended)` : `process ${port}`;
  }
}
