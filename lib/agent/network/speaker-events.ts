import type { Speaker, SpeakerEvent } from '../../bgp/speaker';
import { shortfallsOf } from '../../control/shortfall';
import { neighbourName, whatOf } from '../events/noise';
import type { Reports } from '../events/reports';
import type { LocalLinks } from './local-links';
import type { NeighbourRoutes } from './neighbour-routes';
import { carriageOf } from './session-status';
import type { TroubleWatch } from './trouble-watch';
import type { Unnumbered } from './unnumbered';

/** Events about problems that somebody should fix. */
const WARNINGS: ReadonlySet<SpeakerEvent['type']> = new Set(['error', 'malformed', 'next-hop', 'ineligible']);

/** Events about a session's change of state. */
const MOVES: ReadonlySet<SpeakerEvent['type']> = new Set(['up', 'down', 'attempt']);

/** Whom the events of sessions concern. */
interface Listeners {
  readonly reports: Reports;
  readonly links: Pick<LocalLinks, 'sessionsChanged'>;
  readonly neighbours: Pick<NeighbourRoutes, 'keepSoon'>;
  readonly unnumbered: Pick<Unnumbered, 'refused' | 'moved' | 'failed'>;
  readonly troubles: Pick<TroubleWatch, 'attempt'>;
  /** A session came up or went down. */
  moved(key: string): void;
}

/** Passes the events of sessions on to the log, and to the parts of the network that act on them. */
export class SpeakerEvents {
  constructor(
    private readonly listeners: Listeners,
    private readonly speaker: Pick<Speaker, 'session'>,
  ) {}

  tell(event: SpeakerEvent): void {
    const { reports, links, neighbours, unnumbered, troubles } = this.listeners;
    const { name, type, refused, reason } = event;
    // The speaker does not know who is on a link, and why another one is not the neighbour.
    const why = refused === undefined ? undefined : unnumbered.refused(refused);
    const text = why === undefined ? event.text : `connection from ${refused} refused: ${why}`;
    const message = name === '' ? text : `${neighbourName(event)}: ${text}`;
    // An increase during an attempt indicates a key problem.
    if (MOVES.has(type)) {
      troubles.attempt();
      if (type !== 'attempt') unnumbered.moved(event.session, type === 'up');
      if (type !== 'attempt') this.listeners.moved(event.session);
    }
    if (reason === 'refused' || reason === 'unreachable') {
      const { config } = this.speaker.session(event.session) ?? {};
      if (config?.unnumbered) unnumbered.failed(event.session, String(config.remoteAddress));
    }
    // The steps of an attempt only matter for debugging.
    const level = WARNINGS.has(type) ? 'warn' : type === 'attempt' ? 'debug' : 'info';
    reports.say({ ...whatOf(event), level, message });
    if (type === 'up') this.tellShortfalls(event);
    if (type !== 'dynamic') return;
    links.sessionsChanged();
    neighbours.keepSoon();
  }

  /** Nothing else of a session that is up tells that a family is missing. */
  private tellShortfalls(event: SpeakerEvent): void {
    const agreed = this.speaker.session(event.session)?.established?.agreed;
    const texts = agreed ? shortfallsOf(carriageOf(agreed.oneSided)) : [];
    if (texts.length === 0) return;
    const message = `${neighbourName(event)}: ${texts.join('; ')}`;
    this.listeners.reports.say({ ...whatOf(event), level: 'warn', message });
  }
}
