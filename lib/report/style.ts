import { Markup } from './markup';

/** Colours by meaning, each legible on the background of its scheme. */
const LIGHT =
  '--page:#f4f6f8;--card:#fff;--ink:#14202b;--soft:#526070;--line:#d8dfe6;--band:#f7f9fb;--tile:#fff;--chip:#fff;--edge:#9aa8b5;--kept:#8796a5;--cell:#c3ccd5;--added:#12764a;--removed:#b3261e;--reset:#a85400;--retuned:#1f5fc0;--cut:#a3123a;--cutbg:#fdecf0;--addbg:#eaf6ef;--rembg:#fbefee;--focus:#1f5fc0;--on:#fff';
const DARK =
  '--page:#0e1318;--card:#161d24;--ink:#e8eef4;--soft:#9fb0c0;--line:#2a3541;--band:#12181f;--tile:#18212a;--chip:#1d2731;--edge:#5b6b7a;--kept:#7488a0;--cell:#3c4a58;--added:#4fcb8d;--removed:#ff8d82;--reset:#f2a950;--retuned:#7fb2ff;--cut:#ff8fab;--cutbg:#3a1722;--addbg:#13291f;--rembg:#2e1a19;--focus:#7fb2ff;--on:#0e1318';

/**
 * Style of the picture, standalone or in a page. `--c` is the colour of a mark, `--d` its dash pattern: marks also
 * differ without colour.
 */
const PICTURE = `
.net text{font-family:Inter,ui-sans-serif,system-ui,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;fill:var(--ink)}
.band{fill:var(--band);stroke:var(--line)}
.net .bt{font-size:12px;font-weight:600;fill:var(--soft);letter-spacing:.02em}
.tile{fill:var(--tile);stroke:var(--line)}
.net .tt{font-size:11px;font-weight:600;fill:var(--soft)}
.kep{--c:var(--kept)}.add{--c:var(--added)}.rem{--c:var(--removed)}.rst{--c:var(--reset)}.ret{--c:var(--retuned)}.cut{--c:var(--cut)}
.e{fill:none;stroke:var(--c);stroke-width:2;stroke-linecap:round}
.e.kep{stroke-width:1.25;stroke:var(--edge)}
.e.add{stroke-width:2.5}.e.rem{stroke-dasharray:2 6}.e.rst{stroke-dasharray:9 5}.e.ret{stroke-dasharray:1 4.5}
.e.many{stroke-width:3.5}.e.many.kep{stroke-width:2.5}
.s circle,.sign circle{fill:var(--card);stroke:var(--c);stroke-width:1.5}
.s path,.sign path{fill:none;stroke:var(--c);stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.net .ec{font-size:11px;font-weight:600;fill:var(--ink);stroke:var(--band);stroke-width:4px;paint-order:stroke;stroke-linejoin:round}
.n rect{fill:var(--chip);stroke:var(--edge);stroke-width:1.25}
.n.add rect{stroke:var(--c);stroke-width:2;fill:var(--addbg)}
.n.rem rect{stroke:var(--c);stroke-width:2;stroke-dasharray:5 4;fill:var(--rembg)}
.n.cut rect{stroke:var(--c);stroke-width:2.5;fill:var(--cutbg)}
.n.less rect{stroke:var(--cut);stroke-width:1.5;stroke-dasharray:8 3}
.net .nn{font-size:13px;font-weight:600;text-anchor:middle}
.net .nd{font-size:10.5px;fill:var(--soft);text-anchor:middle;font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
.c{fill:var(--c);stroke:var(--c)}
.c.kep{fill:var(--cell);stroke:none}.c.rem{fill:none;stroke-width:1.8}.c.add,.c.rst,.c.ret{stroke:none}
.c.cut{fill:var(--cutbg);stroke-width:1.6}
.k text,.r text{font-size:12px}
.bar{fill:var(--line)}.part{fill:var(--c)}
`;

/** Style of a standalone picture. */
export const pictureStyle = (): Markup =>
  Markup.own(`.net{${LIGHT}}@media (prefers-color-scheme: dark){.net{${DARK}}}.net{background:var(--page)}${PICTURE}`);

const PAGE = `
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 Inter,ui-sans-serif,system-ui,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif}
main{max-width:1240px;margin:0 auto;padding:32px 24px 64px}
h1,h2,h3{line-height:1.25;margin:0;text-wrap:balance}
h1{font-size:1.6rem;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.1rem;font-weight:650;margin:0 0 12px}
h3{font-size:.95rem;font-weight:650;margin:0 0 4px}
p{margin:0 0 8px}
.about{color:var(--soft);margin:0 0 12px;font-size:.9rem}
code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 24px;margin:20px 0 0}
.verdict{display:grid;grid-template-columns:auto 1fr;gap:8px 20px;align-items:start;border-left:6px solid var(--c)}
.verdict .level{background:var(--c);color:var(--on);border-radius:999px;padding:3px 16px;font-weight:650;font-size:.95rem;margin-top:3px}
.verdict.safe{--c:var(--added)}.verdict.look{--c:var(--reset)}.verdict.cuts{--c:var(--cut)}
.verdict h1{overflow-wrap:anywhere}.verdict h1.long{font-size:1.15rem;line-height:1.4;text-wrap:wrap;margin-top:3px}
.shares{grid-column:1/-1;display:grid;grid-template-columns:repeat(3,1fr);gap:8px 28px;list-style:none;margin:10px 0 0;padding:14px 0 0;border-top:1px solid var(--line)}
.shares li{font-size:.95rem;color:var(--ink)}
.scroll{overflow-x:auto;border-radius:8px}
.scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.net{display:block;margin:0 auto;max-width:100%;height:auto}
.pick{border:0;margin:0;padding:0;min-width:0}
.pick legend{padding:0;margin:0 0 8px;color:var(--soft);font-size:.9rem}
.pick input{position:absolute;opacity:0;width:1px;height:1px}
.tabs{display:flex;flex-wrap:wrap;gap:6px;margin:0 0 14px}
.tabs label{border:1px solid var(--line);border-radius:999px;padding:4px 14px;font-size:.9rem;cursor:pointer;background:var(--card)}
.tabs label:hover{border-color:var(--soft)}
.step{display:none;margin:0 0 14px;font-size:.95rem}
.step ul{margin:4px 0 0;padding-left:20px}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;color:var(--soft);padding:0 0 8px;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:7px 16px 7px 0;border-top:1px solid var(--line);overflow-wrap:anywhere;min-width:7em}th:first-child{min-width:11em}
thead th{border-top:0;font-size:.82rem;color:var(--soft);font-weight:600}
tbody th{font-weight:600}
.matrix{width:auto}.matrix td,.matrix thead th{text-align:right;padding:6px 12px;white-space:nowrap;font-variant-numeric:tabular-nums}.matrix thead th:first-child{text-align:left;padding-left:0}.matrix tbody th{white-space:nowrap}
.matrix .bad{color:var(--cut);font-weight:600}.matrix .short{color:var(--reset)}.matrix .none{color:var(--soft)}.matrix small{font-weight:400;color:var(--soft)}
.was{color:var(--removed)}.is{color:var(--added)}
.sign{vertical-align:-3px;margin-right:6px}
.fates{list-style:none;margin:0;padding:0}.fates li{margin:0 0 4px}
.tag{display:inline-block;min-width:74px;font-size:.8rem;font-weight:600;color:var(--c)}
.tag.leaked,.tag.lost{--c:var(--cut)}.tag.re-tagged,.tag.moved{--c:var(--reset)}.tag.gained{--c:var(--added)}
details{border-top:1px solid var(--line);padding:8px 0}
summary{cursor:pointer;font-weight:600;font-size:.95rem}
details ul{margin:8px 0;padding-left:20px;font-size:.92rem}
footer{color:var(--soft);font-size:.85rem;margin-top:24px}
@media (max-width:720px){main{padding:16px 12px 40px}.card{padding:16px}.verdict{grid-template-columns:1fr}.verdict .level{justify-self:start}.shares{grid-template-columns:1fr}h1{font-size:1.25rem}.verdict h1.long{font-size:1.05rem}.net{max-width:none}.stack thead{position:absolute;left:-9999px}.stack tr{display:block;border-top:1px solid var(--line);padding:6px 0}.stack th,.stack td{display:block;border:0;padding:2px 0}.stack td[data-of]::before{content:attr(data-of);display:block;color:var(--soft);font-size:.8rem}}
@media print{.card{break-inside:avoid}}
`;

/** Common style of pages: colour scheme, the picture, and surrounding text. */
export const commonStyle = (): Markup =>
  Markup.own(`:root{${LIGHT}}@media (prefers-color-scheme: dark){:root{${DARK}}}\n${PICTURE}\n${PAGE}`);

/** Style of the page. `steps`: selectable steps, with the state before the change (0) first and the commit last. */
export function pageStyle(steps: readonly number[]): Markup {
  const commit = steps[steps.length - 1];
  const chosen = steps.map((step) => {
    const view = `#s${step}:checked~`;
    const later = steps.filter((other) => other > step && step < commit);
    const each = (select: (other: number) => string) => later.map((other) => `${view}.scroll ${select(other)}`).join();
    return [
      `${view}.tabs label[for=s${step}]{background:var(--ink);color:var(--card);border-color:var(--ink)}`,
      `#s${step}:focus-visible~.tabs label[for=s${step}]{outline:3px solid var(--focus);outline-offset:2px}`,
      `${view}.p${step}{display:block}`,
      ...(later.length === 0
        ? []
        : [
            // Future changes look unchanged, and what will be added is hidden.
            `${each((other) => `.t${other}.t${other}`)}{--c:var(--kept)}`,
            `${each((other) => `.e.t${other}`)}{stroke-dasharray:none;stroke-width:1.25;stroke:var(--edge)}`,
            `${each((other) => `.n.t${other} rect`)}{fill:var(--chip);stroke:var(--edge);stroke-width:1.25;stroke-dasharray:none}`,
            `${each((other) => `.c.t${other}`)}{fill:var(--cell);stroke:none}`,
            `${each((other) => `.s.t${other}:not(.port)`)},${each((other) => `.n.t${other} .s`)},${each((other) => `.add.t${other}`)}{display:none}`,
          ]),
    ].join('\n');
  });
  return Markup.own(
    [
      commonStyle().text,
      '#all:checked~.tabs label[for=all]{background:var(--ink);color:var(--card);border-color:var(--ink)}#all:focus-visible~.tabs label[for=all]{outline:3px solid var(--focus);outline-offset:2px}#all:checked~.pall{display:block}',
      ...chosen,
      // Afterwards, what was removed is hidden, and the rest is in its final state.
      `#s${commit}:checked~.scroll .rem{display:none}#s${commit}:checked~.scroll .s:not(.port){display:none}#s${commit}:checked~.scroll .n.cut .s{display:inline}#s${commit}:checked~.scroll .e{--c:var(--kept);stroke-dasharray:none;stroke-width:1.25}#s${commit}:checked~.scroll .c:not(.cut){fill:var(--cell);stroke:none}`,
    ].join('\n'),
  );
}
