import { printable } from '../model/printable';
import type { Markup } from '../report/markup';
import { markup } from '../report/markup';
import { deployCard, eventsCard, pictureCard, totalsCard } from './cards';
import { type FleetSnapshot, runningIn } from './fleet';
import { frameOf } from './frame';
import { marksOf, type Shown } from './marks';

/** Parts of the page that are replaced as a whole, by ID. */
const REGIONS = ['fabric', 'totals', 'deploy', 'picture', 'names', 'events'] as const;
type Region = (typeof REGIONS)[number];

/** Everything the page shows at one moment. */
export interface View {
  readonly regions: Readonly<Record<Region, string>>;
  /** Elements of the picture, by ID. */
  readonly marks: ReadonlyMap<string, Shown>;
}

/** Difference between two views for the page; missing parts are unchanged. */
interface Change {
  readonly regions?: Readonly<Partial<Record<Region, string>>>;
  /** ID, classes, label, icon, and text if any. */
  readonly marks?: readonly (readonly [id: string, css: string, label: string, sign: string, text: string | null])[];
}

const pictures = new WeakMap<object, string>();

/** `now`: milliseconds since the epoch. */
export function viewOf(fleet: FleetSnapshot, now: number): View {
  const { before, after } = runningIn(fleet);
  const frame = frameOf(
    before,
    after,
    fleet.nodes.map(({ name }) => name),
  );
  const picture = pictures.get(frame) ?? pictureCard(frame).text;
  pictures.set(frame, picture);
  const text = (part: Markup) => part.text;
  return {
    regions: {
      fabric: text(markup`${after ? `Fabric ${after.name}` : 'No fabric yet'}`),
      totals: text(totalsCard(fleet)),
      deploy: text(deployCard(fleet, now)),
      picture,
      names: text(markup`${fleet.nodes.map(({ name }) => markup`<option value="${name}">`)}`),
      events: text(eventsCard(fleet)),
    },
    marks: marksOf(frame, fleet, now),
  };
}

/** Difference between two views; everything if there is no previous one. Undefined if there is none. */
export function changeTo(next: View, last?: View): Change | undefined {
  const regions = REGIONS.filter((name) => next.regions[name] !== last?.regions[name]);
  const isNew = regions.includes('picture');
  const marks = [...next.marks].filter(([id, mark]) => isNew || !isAlike(mark, last!.marks.get(id)));
  if (regions.length + marks.length === 0) return undefined;
  return {
    ...(regions.length > 0 && { regions: Object.fromEntries(regions.map((name) => [name, next.regions[name]])) }),
    ...(marks.length > 0 && {
      marks: marks.map(
        ([id, { css, label, sign, text }]) =>
          [id, css, printable(label), sign, text === undefined ? null : printable(text)] as const,
      ),
    }),
  };
}

const isAlike = (one: Shown, other: Shown | undefined): boolean =>
  other !== undefined &&
  one.css === other.css &&
  one.label === other.label &&
  one.sign === other.sign &&
  one.text === other.text;
