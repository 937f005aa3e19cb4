import * as z from 'zod';
import type { Health } from './health';
import type { Observation } from './observed';
import { type ErrorBody, MOST_ACTIVATION } from './protocol';
import type {
  AgentEvent,
  AgentStatus,
  AgentSummary,
  FibCheck,
  RouteStatus,
  SessionMatches,
  TrialLosses,
} from './status';

/** A path may have thousands of AS numbers, and a prediction is as long ({@link MOST_PREDICTED}). */
const LONGEST_TEXT = 262_144;

/** Agents keep some thousands. */
const MOST_EVENTS = 50_000;

/** A century. */
const LONGEST_MS = 100 * 366 * 86_400_000;

/**
 * The shapes of agents' responses, as far as clients rely on them: whatever responds at an endpoint may be anything. So
 * a number is one that there can be, a time is one, and a text is not endless.
 * Additional fields are permitted, as agents may be of other versions; fields added in some version are optional here.
 */
const text = z.string().max(LONGEST_TEXT);
const flag = z.boolean();
/** A keyword from a list that later versions may extend. */
const word = text;
/** ISO 8601, UTC. */
const time = z.iso.datetime().max(40);
/** How many there are of something, and what is a field of 32 bits, such as an AS number or a metric. */
const number = z.int().min(0).max(0xffffffff);
/** How often something happened since the agent started, octets of memory, and what is chosen by nobody. */
const total = z.int().min(0);
const port = z.int().min(0).max(0xffff);
const octet = z.int().min(0).max(0xff);
const activation = z.int().min(0).max(MOST_ACTIVATION);
/** Milliseconds, perhaps with a fraction. */
const duration = z.number().min(0).max(LONGEST_MS);
/** Milliseconds since the beginning of an observation; what a timer had noticed may be before it. */
const moment = z.number().min(-LONGEST_MS).max(LONGEST_MS);

const step = z.object({ release: text, activation });
const running = step.extend({ fabric: text.optional(), owner: text.optional(), isFromFile: flag.optional() });

const summary = z.object({
  schemaVersion: number,
  protocol: number.optional(),
  version: text,
  node: text,
  fabric: text.optional(),
  asNumber: number.optional(),
  routerId: text.optional(),
  startedAt: time,
  transaction: z.object({
    owner: text.nullable(),
    activation,
    confirmed: running.nullable(),
    active: running.nullable(),
    staged: running.nullable(),
    retiring: step.extend({ phase: word.optional(), behind: z.array(text).optional() }).nullable(),
    returned: step.extend({ reason: text }).nullable(),
    drained: z.object({ by: text, at: time }).nullish(),
    freed: flag.optional(),
    returnsInMs: duration.nullable(),
  }),
  service: word,
  isCut: flag.optional(),
});

const routes = z.object({
  received: number,
  accepted: number,
  advertised: number,
  martians: number.optional(),
  looped: number.optional(),
  endOfRib: flag,
  withheld: text.optional(),
});

const sessionError = z.object({
  at: time,
  kind: word,
  direction: word,
  text,
  reason: word.optional(),
  is: word.optional(),
  code: octet.optional(),
  subcode: octet.optional(),
});

const bfd = z.object({
  state: word.optional(),
  since: time.optional(),
  diagnostic: octet.optional(),
  reason: text.optional(),
  localDiscriminator: number.optional(),
  remote: z.object({ state: word, diagnostic: octet, discriminator: number.optional() }).optional(),
  transmitInterval: duration.optional(),
  detectionTime: duration.optional(),
  downs: total.optional(),
  lastDown: time.optional(),
  lastDownReason: text.optional(),
  trouble: text.optional(),
  isDeaf: flag.optional(),
  isStrict: flag.optional(),
  discarding: z
    .object({ reason: text, got: number.optional(), wanted: number.optional(), interface: text.optional() })
    .optional(),
  isRefused: flag.optional(),
});

const bfdProcess = z.object({
  version: text.optional(),
  isRealTime: flag.optional(),
  problem: text.optional(),
  stopped: time.optional(),
  discarded: z.record(text, total).optional(),
  lingering: z
    .array(
      z.object({
        localAddress: text,
        remoteAddress: text,
        interface: text.optional(),
        port: port.optional(),
        sessions: z.array(text).optional(),
      }),
    )
    .optional(),
});

const session = z.object({
  key: text,
  kind: word,
  origin: text,
  remoteNode: text.optional(),
  localAddress: text,
  remoteAddress: text,
  port,
  localAs: number,
  remoteAs: number,
  linkLocal: text.optional(),
  otherStations: z.array(z.object({ address: text, advertises: flag })).optional(),
  moreStations: z.object({ count: number, isLeast: flag }).optional(),
  pattern: text.optional(),
  isInside: flag,
  isRetiring: flag,
  state: word,
  since: time,
  down: text.optional(),
  downBy: word.optional(),
  linkHindrance: word.optional(),
  learnedDefault: text.optional(),
  expectsDown: flag.optional(),
  isAdminDown: flag.optional(),
  isUnnamed: flag.optional(),
  unmet: text.optional(),
  notCarried: z.array(word).optional(),
  noExtendedNextHop: z.array(word).optional(),
  alsoOffered: z.array(word).optional(),
  openAs: number.optional(),
  ended: z.object({ at: time, cease: octet.optional() }).optional(),
  lastError: z.object({ at: time, text }).optional(),
  errors: z.array(sessionError).optional(),
  lastNotification: sessionError.optional(),
  routes: z.object({ ipv4: routes.optional(), ipv6: routes.optional() }),
  routeMemory: total.optional(),
  bfd: bfd.optional(),
});

const example = z.object({ prefix: text, reason: text });

const kernel = z.object({
  wanted: number,
  installed: number,
  failed: z.array(example),
  withheld: z.object({ routes: number, examples: z.array(example) }).optional(),
  passedOn: z.object({ prefixes: number, examples: z.array(example) }).optional(),
  movesSlowly: flag.optional(),
  waiting: z.array(z.object({ nextHop: text, reason: text, routes: number })),
  workloads: number,
  differences: z.object({ missing: total, extra: total, different: total }),
  lastDifference: time.optional(),
  lastDisturbance: text.optional(),
  beside: z.array(z.object({ prefix: text, protocol: text, metric: number })),
  duplicates: z.array(z.object({ prefix: text, nodes: z.array(text) })),
});

const family = z.enum(['ipv4', 'ipv6']);
const demand = z.object({
  session: text,
  origin: text,
  remoteAddress: text,
  family,
  before: word,
  replaces: text.optional(),
  isChanged: flag,
});

const status = summary.extend({
  sessions: z.array(session),
  kernel,
  trial: z.object({ at: time, isFirst: flag, demands: z.array(demand) }).optional(),
  leftOut: z.array(z.object({ kind: text, what: text, count: total, last: time })).optional(),
  routeMemory: z.object({ used: total, limit: total, ended: total }).optional(),
  bfd: bfdProcess.optional(),
});

const fib = z.object({
  node: text,
  routes: number,
  missing: number,
  extra: number,
  different: number,
  examples: z.array(z.object({ prefix: text, kind: word, by: text })),
  since: time.optional(),
  tookMs: duration,
  kernel,
});

const rule = z.object({ filter: text.optional(), number, action: word });

const route = z.object({
  prefix: text,
  isBest: flag,
  isBeside: flag.optional(),
  reason: text.optional(),
  code: word.optional(),
  rule: rule.optional(),
  also: z.array(z.object({ code: word, reason: text, rule: rule.optional() })).optional(),
  withheld: text.optional(),
  from: text,
  nextHop: text.optional(),
  asPath: text,
  origin: word.optional(),
  localPref: number.optional(),
  med: number.optional(),
  communities: z.array(text).optional(),
  since: time.optional(),
  isStale: flag.optional(),
});

const matches = z.object({ rules: z.array(rule.extend({ routes: number })), unmatched: number });
const sessionMatches = z.object({ key: text, import: matches.optional(), export: matches.optional() });

const event = z.object({
  sequence: z.int().min(1),
  time,
  kind: word,
  message: text,
  step: word.optional(),
  activation: activation.optional(),
});

const losses = z.object({
  since: flag,
  count: number,
  examples: z.array(z.object({ prefix: text, isOffered: flag })),
});

const health = z.object({
  isRunning: flag,
  faults: z.array(z.object({ message: text, remoteNode: text.optional(), isNew: flag.optional() })),
  listed: z.array(z.object({ message: text, maySettle: flag })),
  losses: losses.optional(),
});

const observation = z.object({
  version: number,
  node: text,
  release: text,
  activation,
  kind: word,
  began: time,
  lasted: duration,
  isOver: flag,
  steps: z.record(text, moment),
  sessions: z.array(
    z.object({
      key: text,
      remoteNode: text.optional(),
      range: text.optional(),
      isGuest: flag.optional(),
      change: word.optional(),
      reason: text.optional(),
      resets: number,
      wasUp: flag,
      isUp: flag,
      downs: number,
      news: z.array(z.object({ at: moment, isUp: flag, why: text.optional() })),
    }),
  ),
  losses: z.array(z.object({ prefix: text, at: moment, ms: duration, times: number, isLost: flag })),
  origins: z.array(text),
  withdrawn: z.array(z.object({ prefix: text, at: moment })),
  gaps: z.array(text),
  prediction: text.optional(),
  cut: z.object({ sessions: number, losses: number, origins: number }),
});

/** Of every response other than 200. */
const refusal = z.object({
  error: z.object({
    code: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
    message: text,
    fields: z.array(text).optional(),
  }),
});

/** A part of the protocol, by its type. */
export interface MessageShape<T> {
  safeParse(said: unknown): z.ZodSafeParseResult<unknown>;
  readonly _as?: T;
}

export const SHAPES = {
  summary: summary as MessageShape<AgentSummary>,
  status: status as MessageShape<AgentStatus>,
  endpoints: z.record(text, text) as MessageShape<Record<string, string>>,
  events: z.array(event).max(MOST_EVENTS) as MessageShape<AgentEvent[]>,
  fib: fib as MessageShape<FibCheck>,
  losses: losses as MessageShape<TrialLosses>,
  health: health as MessageShape<Health>,
  observed: z.array(observation) as MessageShape<Observation[]>,
  holds: flag as MessageShape<boolean>,
  route: route as MessageShape<RouteStatus>,
  matches: z.array(sessionMatches) as MessageShape<SessionMatches[]>,
  refusal: refusal as MessageShape<ErrorBody>,
  any: z.unknown() as MessageShape<unknown>,
};

/** Reads an agent's response; throws an Error that names the first invalid value. */
export function readAs<T>(shape: MessageShape<T>, said: unknown): T {
  const { error } = shape.safeParse(said);
  if (!error) return said as T;
  const [{ path, message }] = error.issues;
  throw new Error(path.length === 0 ? message : `${path.join('.')}: ${message}`);
}
