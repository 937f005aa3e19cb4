import type { ChangedField, ChangedObject } from './changed-objects';
import { lossTable } from './html/losses';
import { observedCard } from './html/observed';
import { Markup, markup } from './markup';
import type { NeighbourRow } from './neighbour-rows';
import { MARK_WORDS, MARKS } from './picture/marks';
import type { Picture } from './picture/picture';
import { signOf, svgOf } from './picture/svg';
import type { Report } from './report';
import { DEFAULT_GATE, type RolloutStep } from './rollout';
import { pageStyle } from './style';
import { LEVELS } from './verdict';

/** Maximum number of objects and rows listed on a page; the rest are counted. */
const MOST = 40;

/**
 * A self-contained page without scripts or external resources. `digest`: SHA-256 in base64, by which the page's policy
 * allows its own style sheet and nothing else.
 */
export function htmlOf(report: Report, digest: (text: string) => string): string {
  const { verdict, fabric, picture } = report;
  const steps = Array.from({ length: picture.commit + 1 }, (_, step) => step);
  const style = pageStyle(steps);
  const policy = `default-src 'none'; style-src 'sha256-${digest(style.text)}'; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${Markup.own(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${LEVELS[verdict.level]}: change of fabric ${fabric}</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="about">Change of fabric <code>${fabric}</code></p>
<header class="card verdict ${verdict.level}"><span class="level">${LEVELS[verdict.level]}</span><h1${verdict.line.length > 140 ? Markup.own(' class="long"') : undefined}>${verdict.line}</h1>
<ul class="shares">${verdict.sentences.map((sentence) => markup`<li>${sentence}</li>`)}</ul></header>
${objectsCard(report.objects)}
${pictureCard(report, steps)}
${report.losses && lossTable(report.losses)}
${neighboursCard(report.neighbours)}
${gatesCard(report.steps)}
${dutiesCard(report.steps)}
${findingsCard(report)}
${report.observed && observedCard(report.observed)}
<footer>Made by peerform report. The page needs no script and fetches nothing.</footer>
</main>
</body>
</html>
`.text;
}

function objectsCard(objects: readonly ChangedObject[]): Markup | undefined {
  if (objects.length === 0) return undefined;
  const shown = objects.slice(0, MOST);
  return markup`<section class="card"><h2>What the code changes</h2>
<table class="stack"><thead><tr><th scope="col">Object</th><th scope="col">Before → after</th><th scope="col">Written in</th></tr></thead><tbody>
${shown.map(
  ({
    path,
    change,
    fields,
    place,
  }) => markup`<tr><th scope="row">${signOf(change === 'changed' ? 'retuned' : change)}<code>${path === '' ? 'the fabric' : path}</code></th><td data-of="Before → after">${change === 'changed' ? undefined : markup`${change}<br>`}${fields.slice(0, 8).map((field, i) => markup`${i > 0 ? Markup.own('<br>') : undefined}${fieldMarkup(field)}`)}${fields.length > 8 ? markup`<br>and ${fields.length - 8} more fields` : undefined}</td><td data-of="Written in">${place === undefined ? 'not known' : markup`<code>${place}</code>`}</td></tr>
`,
)}</tbody></table>${moreOf(objects.length - shown.length, 'objects')}</section>`;
}

const fieldMarkup = ({ field, before, after }: ChangedField): Markup =>
  markup`<code>${field === '' ? 'all' : field}</code> ${before === undefined ? undefined : markup`<code class="was">${shortJson(before)}</code>`} ${before !== undefined && after !== undefined ? '→' : undefined} ${after === undefined ? undefined : markup`<code class="is">${shortJson(after)}</code>`}`;

const shortJson = (json: string): string => (json.length > 160 ? `${json.slice(0, 159)}…` : json);

const moreOf = (number: number, what: string): Markup | undefined =>
  number > 0 ? markup`<p class="about">and ${number} more ${what}</p>` : undefined;

function pictureCard({ picture, steps: waves, fabric, verdict }: Report, steps: readonly number[]): Markup {
  const names = (nodes: readonly string[]) =>
    nodes.length > 8 ? `${nodes.slice(0, 7).join(', ')} and ${nodes.length - 7} others` : nodes.join(', ');
  const nodes = waves.reduce((sum, one) => sum + one.nodes.length, 0);
  const wavesOf = (step: number) => waves.filter(({ wave }) => Math.min(wave, picture.commit - 1) === step);
  const titleOf = (step: number) => {
    const own = wavesOf(step);
    if (step === 0) return 'Before';
    if (step === picture.commit) return 'After the commit';
    return own.length > 1 ? `Waves ${step} to ${own.at(-1)!.wave}` : `Wave ${step}`;
  };
  const captionOf = (step: number): Markup => {
    if (step === 0) return markup`The network as it is. The new release is staged on every node and does nothing yet.`;
    if (step === picture.commit)
      return markup`The network as it will be: sessions that only the previous release had are closed.`;
    const own = wavesOf(step);
    const moved = own.flatMap((wave) => wave.nodes);
    const missing = own.flatMap((wave) => wave.missing).slice(0, MOST);
    return markup`<strong>${titleOf(step)}</strong> ${own.length > 1 ? 'activate' : 'activates'} ${moved.length} of ${nodes} nodes: ${names(moved)}.${shownBy(picture, step)}${
      missing.length > 0 ? markup`<ul>${missing.map((line) => markup`<li>${line}</li>`)}</ul>` : undefined
    }`;
  };
  return markup`<section class="card"><h2>The network, before and after</h2>
<fieldset class="pick"><legend>Choose a step of the deploy. The arrow keys move from one to the next.</legend>
<input type="radio" name="step" id="all" checked>${steps.map((step) => markup`<input type="radio" name="step" id="s${step}">`)}
<div class="tabs"><label for="all">All changes</label>${steps.map((step) => markup`<label for="s${step}">${titleOf(step)}</label>`)}</div>
<div class="step pall">Everything that the change does, in one picture.</div>
${steps.map(
  (step) => markup`<div class="step p${step}">${captionOf(step)}</div>
`,
)}<div class="scroll" tabindex="0" role="region" aria-label="Picture of the network">
${svgOf(picture, `Fabric ${fabric}`, `${verdict.line} ${verdict.sentences[0]}`)}
</div></fieldset></section>`;
}

/** What happens to sessions in a step, if they are few enough to be listed. */
function shownBy({ links, counts }: Picture, step: number): string {
  const stays = counts.removed > 0 ? ' Sessions that are removed stay up until the commit.' : '';
  if (!links) return stays;
  const words = MARKS.flatMap((mark) => {
    const number = links
      .filter((link) => link.mark === mark && link.at === step)
      .reduce((sum, { sessions }) => sum + sessions, 0);
    return mark === 'kept' || mark === 'removed' || number === 0
      ? []
      : [`${number} ${number === 1 ? 'session' : 'sessions'} ${MARK_WORDS[mark]}`];
  });
  return ` ${words.length > 0 ? words.join(', ') : 'No session changes'}.${stays}`;
}

function neighboursCard(rows: readonly NeighbourRow[]): Markup | undefined {
  if (rows.length === 0) return undefined;
  const shown = rows.slice(0, MOST);
  return markup`<section class="card"><h2>Routes, by neighbour</h2>
<table class="stack"><thead><tr><th scope="col">Neighbour</th><th scope="col">What becomes of its routes</th></tr></thead><tbody>
${shown.map(
  ({
    neighbour,
    changes,
  }) => markup`<tr><th scope="row">${neighbour === undefined ? 'The nodes’ own tables' : markup`<code>${neighbour}</code>`}</th><td data-of="What becomes of its routes"><ul class="fates">${changes.slice(0, 20).map(({ fate, besideFate }) => markup`<li><span class="tag ${fate}">${fate}</span> ${besideFate}</li>`)}${changes.length > 20 ? markup`<li>and ${changes.length - 20} more</li>` : undefined}</ul></td></tr>
`,
)}</tbody></table>${moreOf(rows.length - shown.length, 'neighbours')}</section>`;
}

function gatesCard(steps: readonly RolloutStep[]): Markup | undefined {
  if (steps.length === 0) return undefined;
  const secondsOf = ({ gate = DEFAULT_GATE }: RolloutStep) => gate;
  const shown = steps.slice(0, MOST);
  return markup`<section class="card"><h2>Gates</h2>
<table class="stack"><caption>At most ${steps.reduce((sum, step) => sum + secondsOf(step), 0)} s in all. A wave that is not healthy in time is rolled back.</caption><thead><tr><th scope="col">Wave</th><th scope="col">Nodes</th><th scope="col">At most</th><th scope="col">What outside neighbours must do for it</th></tr></thead><tbody>
${shown.map(
  (
    step,
  ) => markup`<tr><th scope="row">Wave ${step.wave}</th><td data-of="Nodes">${step.nodes.length}</td><td data-of="At most">${secondsOf(step)} s${step.gate === undefined ? ' (default)' : ''}</td><td data-of="What outside neighbours must do for it">${step.demands.length === 0 ? 'nothing new' : markup`<ul class="fates">${step.demands.slice(0, 20).map((demand) => markup`<li>${demand}</li>`)}${step.demands.length > 20 ? markup`<li>and ${step.demands.length - 20} more</li>` : undefined}</ul>`}</td></tr>
`,
)}</tbody></table>${moreOf(steps.length - shown.length, 'waves')}</section>`;
}

function dutiesCard(steps: readonly RolloutStep[]): Markup | undefined {
  const all = steps.flatMap(({ wave, duties }) => duties.map((duty) => ({ wave, ...duty })));
  const shown = all.slice(0, MOST);
  if (all.length === 0) return undefined;
  return markup`<section class="card"><h2>What people outside must do, and when</h2>
<table class="stack"><thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">How to do it with the least loss</th></tr></thead><tbody>
${shown.map(
  ({
    wave,
    text,
    way,
  }) => markup`<tr><th scope="row">Wave ${wave}</th><td data-of="What">${text}</td><td data-of="How to do it with the least loss">${way}</td></tr>
`,
)}</tbody></table>${moreOf(all.length - shown.length, 'entries')}</section>`;
}

const findingsCard = ({ sections }: Report): Markup | undefined =>
  sections.length === 0
    ? undefined
    : markup`<section class="card"><h2>All findings</h2>
${sections.map(
  ({
    title,
    lines,
  }) => markup`<details><summary>${title}</summary><ul>${lines.map((line) => markup`<li>${line}</li>`)}</ul></details>
`,
)}</section>`;
