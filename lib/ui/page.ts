import { Markup, markup } from '../report/markup';
import { signIn } from './cards';
import { NODE_LOOKS } from './looks';
import { uiStyle } from './style';

/** The page, without data of the fabric: its script fetches that with the token. */
interface Page {
  readonly html: Markup;
  /** Its Content-Security-Policy: only its own style and script, by digest, and no other origin. */
  readonly policy: string;
}

/** `script`: part of this program. `digest`: SHA-256 in base64. */
export function pageOf(script: string, digest: (text: string) => string): Page {
  const style = uiStyle();
  const code = Markup.own(script);
  const shown = ['amiss', 'silent', 'trial', 'back', 'drained'] as const;
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${digest(code.text)}'`,
    `style-src 'sha256-${digest(style.text)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const html = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>Peerform</title>
<style>${style}</style>
</head>
<body class="ui">
<main>
<header><h1 id="fabric">Peerform</h1><p class="state" id="state" role="status">Connecting</p></header>
<section class="card" aria-labelledby="totals-title"><h2 id="totals-title">Now</h2><div id="totals"></div></section>
<section class="card" aria-labelledby="deploy-title"><h2 id="deploy-title">Deploys and drains</h2><div id="deploy"></div></section>
<section class="card" aria-labelledby="picture-title"><h2 id="picture-title">The network</h2>
<div class="scroll" id="picture" tabindex="0" role="region" aria-label="Picture of the network"></div>
<ul class="keys">${shown.map((look) => markup`<li>${signIn(NODE_LOOKS[look])}${NODE_LOOKS[look].words}</li>`)}</ul>
<form class="ask" id="ask" autocomplete="off"><div><label for="node">Node</label><input id="node" name="node" list="names" required></div><div><label for="about">Prefix, address or neighbour</label><input id="about" name="about" aria-describedby="ask-note"></div><button>Ask why</button></form><p class="about" id="ask-note">Without a prefix the node itself is shown.</p><datalist id="names"></datalist></section>
<section class="card" id="panel" tabindex="-1" aria-labelledby="panel-title" hidden></section>
<section class="card" aria-labelledby="events-title"><h2 id="events-title">What happened</h2><ul class="log" id="events" tabindex="0" aria-label="Events, the newest first"></ul></section>
</main>
<script>${code}</script>
</body>
</html>
`;
  return { html, policy };
}
