import type { Comparison } from '../../preview/observed/comparison';
import { comparisonSections } from '../../preview/observed/sections';
import { type Markup, markup } from '../markup';

/** Maximum number of lines of each part. */
const MOST = 40;

/** Comparison of the deploy with the prediction, at the end of the page. */
export const observedCard = (observed: Comparison): Markup =>
  markup`<section class="card"><h2>Observed</h2>
<p>Activation ${String(observed.activation)}: ${observed.line}</p>
${comparisonSections(observed).map(
  ({
    title,
    lines,
  }) => markup`<h3>${title}</h3><ul class="fates">${lines.slice(0, MOST).map((line) => markup`<li>${line}</li>`)}${lines.length > MOST ? markup`<li>and ${lines.length - MOST} more</li>` : undefined}</ul>
`,
)}</section>`;
