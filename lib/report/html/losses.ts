import type { Loss, LossMatrix } from '../loss-matrix';
import { type Markup, markup } from '../markup';
import { grouped, secondsText } from '../words';

/** Maximum number of rows and columns of the table. */
const MOST = { rows: 40, columns: 16 };

/** Nodes by prefixes, in prefix-seconds. */
export function lossTable({ prefixes, rows, seconds, permanent, simulated, madeUp }: LossMatrix): Markup {
  const of = `${grouped(simulated)} simulated prefixes${madeUp > 0 ? `, ${grouped(madeUp)} of them made up` : ''}`;
  if (rows.length === 0)
    return markup`<section class="card"><h2>Losses</h2><p>No node misses any of ${of} at any time.</p></section>`;
  const inAll = [
    seconds > 0 || permanent === 0 ? `${secondsText(seconds)} prefix-seconds in all` : '',
    permanent > 0
      ? `${grouped(permanent)} ${permanent === 1 ? 'pair' : 'pairs'} of a node and a prefix permanently`
      : '',
  ]
    .filter((one) => one !== '')
    .join(', ');
  const columns = prefixes.slice(0, MOST.columns);
  const shown = rows.slice(0, MOST.rows);
  const rest = [
    prefixes.length > columns.length ? `${prefixes.length - columns.length} more prefixes` : '',
    rows.length > shown.length ? `${rows.length - shown.length} more nodes` : '',
  ].filter((one) => one !== '');
  return markup`<section class="card"><h2>Losses</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Losses by node and prefix"><table class="matrix"><caption>Seconds for which a node misses a prefix, of ${of}: ${inAll}.</caption>
<thead><tr><th scope="col">Node</th>${columns.map((prefix) => markup`<th scope="col">${prefix}</th>`)}</tr></thead><tbody>
${shown.map(
  ({
    node,
    isOutside,
    losses,
  }) => markup`<tr><th scope="row">${node}${isOutside ? ' (outside)' : ''}</th>${columns.map((_, i) => cellOf(losses[i]))}</tr>
`,
)}</tbody></table></div>${rest.length > 0 ? markup`<p class="about">and ${rest.join(', ')}</p>` : undefined}</section>`;
}

const cellOf = (loss: Loss | undefined): Markup => {
  if (!loss) return markup`<td class="none">–</td>`;
  const [name, text] = loss.isPermanent ? ['bad', 'permanently'] : ['short', `${secondsText(loss.seconds)} s`];
  return markup`<td class="${name}">${text}<br><small>${loss.during.map(stepOf).join(', ')}</small></td>`;
};

/** When a prefix is lost, as text. */
const stepOf = (during: string): string => (during === 'finalise' ? 'at the commit' : `in ${during}`);
