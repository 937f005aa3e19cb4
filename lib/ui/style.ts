import { Markup } from '../report/markup';
import { commonStyle } from '../report/style';

/**
 * Style of live elements, in addition to the reports' style. States are distinguishable without colour, by dashes,
 * shape and icon.
 */
const LIVE = `
.ok,.up{--c:var(--added)}.bad{--c:var(--removed)}.sil,.bak{--c:var(--cut)}.tri{--c:var(--retuned)}.dra,.off{--c:var(--reset)}.non{--c:var(--soft)}
.e.up{stroke:var(--edge);stroke-width:1.25}.e.many.up{stroke-width:2.5}
.e.bad{stroke-width:2.5;stroke-dasharray:2 6}.e.sil{stroke-dasharray:9 5}.e.off{stroke-dasharray:1 4.5}.e.non{stroke-width:1.25;stroke-dasharray:1 7}
.live .s.up:not(.port) circle,.live .s.up:not(.port) path{display:none}
.n.bad rect{stroke:var(--c);stroke-width:2;fill:var(--rembg)}.n.sil rect{stroke:var(--c);stroke-width:2;stroke-dasharray:5 4;fill:var(--cutbg)}
.n.tri rect{stroke:var(--c);stroke-width:2.5}.n.bak rect{stroke:var(--c);stroke-width:2;stroke-dasharray:9 3}.n.dra rect{stroke:var(--c);stroke-width:2;stroke-dasharray:2 3}.n.non rect{stroke-dasharray:1 4}
.live .n.ok .s{display:none}
.c.ok{fill:var(--cell);stroke:none}.c.tri,.c.bak,.c.dra{stroke:none}.c.bad{fill:none;stroke-width:1.8}.c.sil{fill:var(--cutbg);stroke-width:1.4}.c.non{stroke:none}
.live a{outline:none;cursor:pointer}.live a.n:hover rect{stroke:var(--ink)}.live a.n:focus-visible rect,.live a.n.here rect{stroke:var(--focus);stroke-width:4;stroke-dasharray:none}
.live a.c:hover,.live a.c:focus-visible,.live a.c.here{stroke:var(--focus);stroke-width:3}
.ui main{max-width:1480px}
.ui header{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center}
.ui header h1{overflow-wrap:anywhere;min-width:0}
.state{border:1px solid var(--line);border-radius:999px;padding:3px 14px;font-size:.9rem;background:var(--card);margin:0}
.state.on{border-color:var(--added);color:var(--added)}.state.off{border-color:var(--cut);color:var(--cut)}
.ui .shares{grid-template-columns:repeat(4,1fr);margin:0 0 10px;padding:0;border:0}
.fine{color:var(--added);margin:0}
.problems,.waves,.causes,.log{list-style:none;margin:0;padding:0}.problems li,.waves li,.causes li{margin:0 0 6px;overflow-wrap:anywhere}
.causes li{margin:0 0 14px}
.ui h3{margin:14px 0 6px}
.ui a{color:var(--retuned)}.ui a:focus-visible,.ui button:focus-visible,.ui input:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.ask{display:flex;flex-wrap:wrap;gap:10px 16px;align-items:end;margin:14px 0 0}
.ask label{display:block;font-size:.9rem;color:var(--soft)}
.ask input{display:block;font:inherit;color:var(--ink);background:var(--page);border:1px solid var(--soft);border-radius:8px;padding:6px 10px;width:15rem;max-width:100%}
.ask button{font:inherit;font-weight:600;color:var(--on);background:var(--retuned);border:0;border-radius:8px;padding:7px 18px;cursor:pointer}
#panel:focus{outline:none}#panel:empty{display:none}
#panel th,#panel td{white-space:nowrap;min-width:0}#panel td:last-child{white-space:normal;min-width:14em}#panel th:first-child{min-width:6em}
.log{font-size:.9rem;max-height:22rem;overflow-y:auto}.log li{padding:3px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}.log .kind{color:var(--soft)}.log time{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em;color:var(--soft)}
.keys{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:10px 0 0;padding:0;font-size:.9rem;color:var(--soft)}
@media (max-width:720px){.ui .shares{grid-template-columns:1fr 1fr}.ask input{width:100%}.ask>div{flex:1 1 100%}}
`;

/** Style sheet of the page. */
export const uiStyle = (): Markup => Markup.own(commonStyle().text + LIVE);
