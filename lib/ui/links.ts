import { type Markup, markup } from '../report/markup';
import type { Place } from '../report/picture/place';
import { isNode } from './frame';

/** What may be asked for by a click; the page puts it behind `#`. */
type Question = 'node' | 'neighbour' | 'routes' | 'why';

/** The question with its parameters as a link within the page. */
const hashOf = (question: Question, parameters: Readonly<Record<string, string>>): string =>
  `#${question}?${new URLSearchParams(parameters)}`;

export const linkTo = (question: Question, parameters: Readonly<Record<string, string>>, text: string): Markup =>
  markup`<a href="${hashOf(question, parameters)}">${text}</a>`;

/** A node by its name, as a link to what is known of it. */
export const nodeLink = (node: string): Markup => linkTo('node', { node }, node);

/** A place as a link to what is known of it. */
export const placeHash = (place: Place): string =>
  isNode(place) ? hashOf('node', { node: place.name }) : hashOf('neighbour', { address: place.called[0] });
