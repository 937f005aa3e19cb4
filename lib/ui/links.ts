import { type Markup, markup } from '../report/markup';
import type { Place } from '../report/picture/place';
import { isNode } from './frame';

/** Queries that can be opened by a click, in the fragment of the URL. */
type Question = 'node' | 'neighbour' | 'routes' | 'why';

/** A link within the page to a query with its parameters. */
const hashOf = (question: Question, parameters: Readonly<Record<string, string>>): string =>
  `#${question}?${new URLSearchParams(parameters)}`;

export const linkTo = (question: Question, parameters: Readonly<Record<string, string>>, text: string): Markup =>
  markup`<a href="${hashOf(question, parameters)}">${text}</a>`;

/** The name of a node as a link to its panel. */
export const nodeLink = (node: string): Markup => linkTo('node', { node }, node);

/** A link to the panel of a place. */
export const placeHash = (place: Place): string =>
  isNode(place) ? hashOf('node', { node: place.name }) : hashOf('neighbour', { address: place.called[0] });
