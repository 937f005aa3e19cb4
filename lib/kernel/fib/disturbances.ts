import { existsSync, readFileSync } from 'node:fs';
import { printable } from '../../model/printable';

/** What somebody else did to a route or a nexthop object of ours. */
export type Deed = 'deleted' | 'replaced' | 'added';

/** Changes within this many milliseconds are reported together. */
const WINDOW = 500;
/** Of so many writers each is named; a script that runs `ip` in a loop is another process each time. */
const MOST_NAMED = 3;
/** Port ids that are not process: the kernel gives them to a process for its further sockets. */
const LARGEST_PROCESS = 1 << 22;

/** What happened in one window. Of those of a kind only the first is named: there may be a million. */
interface Window {
  readonly writers: Map<number, string>;
  readonly routes: Map<Deed, Named>;
  readonly objects: Map<Deed, number>;
  /** That went with the objects. */
  lost: number;
  readonly fights: Named & { readonly seen: Set<number> };
}

interface Named {
  first: string;
  count: number;
}

/** Puts into words what others did to what this agent had written to the kernel, one sentence for a swarm of it. */
export class Disturbances {
  /** The last sentence. */
  last: string | undefined;
  private window: Window | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly say: (message: string) => void,
    /** Whether all of it is undone by now. */
    private readonly isRepaired: () => boolean,
    /** Asked at once: many a writer has ended a moment later. */
    private readonly nameOf: (port: number) => string = writerName,
  ) {}

  /** Somebody did this to a route, which is repaired at once. */
  route(port: number, deed: Deed, prefix: () => string): void {
    const { routes } = this.open(port);
    const known = routes.get(deed);
    if (known) known.count++;
    else routes.set(deed, { first: prefix(), count: 1 });
  }

  /** Somebody did this to a nexthop object, and as many routes went with it. */
  object(port: number, deed: Deed, lost: number): void {
    const window = this.open(port);
    window.objects.set(deed, (window.objects.get(deed) ?? 0) + 1);
    window.lost += lost;
  }

  /** Somebody does something to a route again and again: it is written again after a pause. */
  fight(port: number, item: number, prefix: () => string): void {
    const { fights } = this.open(port);
    if (fights.seen.has(item)) return;
    if (fights.seen.size === 0) fights.first = prefix();
    fights.seen.add(item);
    fights.count++;
  }

  /** Tells what was not told yet. */
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

/** Who wrote something, by the port id of its netlink socket: the process id, as a rule; 0 is the kernel. */
export function writerName(port: number): string {
  if (port === 0) return 'the kernel';
  if (port > LARGEST_PROCESS) return 'an unknown process';
  try {
    return `process ${port} (${printable(readFileSync(`/proc/${port}/comm`, 'utf8').trim(), 16)})`;
  } catch {
    // A /proc that does not show process 1 does not show those of others either (ProtectProc=invisible).
    return existsSync('/proc/1/comm') ? `process ${port} (ended)` : `process ${port}`;
  }
}
