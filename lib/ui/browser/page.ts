// Script of the page. It does not know about fabrics: it shows what it is sent, and requests what is clicked.

(() => {
  /** Format defined in `lib/ui/view.ts`. */
  interface Change {
    readonly regions?: Readonly<Record<string, string>>;
    readonly marks?: readonly (readonly [id: string, css: string, label: string, sign: string, text: string | null])[];
  }

  const KEY = 'peerform-token';
  const AGAIN_MS = 1000;
  const at = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
  const [state, panel, picture, ask] = ['state', 'panel', 'picture', 'ask'].map(at);

  /**
   * The token is in the fragment of the URL, which is not sent to servers; it is moved to session storage, which only
   * this tab can read.
   */
  function takeToken(): string {
    const [, token] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
    if (token === undefined) return sessionStorage.getItem(KEY) ?? '';
    sessionStorage.setItem(KEY, token);
    history.replaceState(null, '', location.pathname);
    return token;
  }
  let token = takeToken();

  const get = (path: string, signal?: AbortSignal): Promise<Response> =>
    fetch(path, { headers: { authorization: `Bearer ${token}` }, cache: 'no-store', redirect: 'error', signal });

  function say(text: string, look: '' | 'on' | 'off'): void {
    state.textContent = text;
    state.className = `state ${look}`;
  }

  /** Replaces the content of an element and restores the focus if the focused element still exists. */
  function fill(element: HTMLElement, html: string): void {
    const focused = document.activeElement;
    const link = focused && element.contains(focused) ? focused.getAttribute('href') : null;
    element.innerHTML = html;
    if (link === null) return;
    const same = [...element.querySelectorAll<HTMLAnchorElement>('a[href]')].find(
      (one) => one.getAttribute('href') === link,
    );
    if (same && element === picture) reachable(same);
    (same ?? element).focus();
  }

  function apply({ regions = {}, marks = [] }: Change): void {
    for (const [id, html] of Object.entries(regions)) fill(at(id), html);
    if (regions.fabric !== undefined) document.title = `${at('fabric').textContent} – Peerform`;
    for (const [id, css, label, sign, text] of marks) {
      const element = at(id);
      if (!element) continue;
      element.setAttribute('class', css);
      if (element.tagName === 'a' && !element.querySelector('text')) element.setAttribute('aria-label', label);
      const title = element.querySelector('title');
      if (title) title.textContent = label;
      if (sign !== '') element.querySelector('.sg')?.setAttribute('d', sign);
      if (text !== null) {
        const words = element.querySelector('.tx');
        if (words) words.textContent = text;
      }
    }
    if (regions.picture !== undefined && !picture.querySelector('a[tabindex="0"]')) reachable(places()[0]);
    if (marks.length > 0) {
      highlight();
      refresh(marks.map(([id]) => id));
    }
  }

  /** Processes the event stream until it ends. */
  async function follow(): Promise<void> {
    const reply = await get('/events');
    if (reply.status === 401) {
      say('Ended: open the address that peerform ui prints', 'off');
      return;
    }
    if (!reply.ok || !reply.body) throw new Error(await reply.text());
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const events = (rest + value).split('\n\n');
      rest = events.pop() as string;
      for (const event of events)
        if (event.startsWith('data: ')) {
          apply(JSON.parse(event.slice(6)) as Change);
          say('Live', 'on');
        }
    }
    throw new Error('the connection ended');
  }

  function keepFollowing(): void {
    follow().catch(() => {
      say('Not connected: this is not live any more', 'off');
      setTimeout(keepFollowing, AGAIN_MS);
    });
  }

  let asking = new AbortController();
  let shownAt = 0;
  let later = 0;

  /** Shows the panel named in the fragment: `node?node=n1`. */
  async function showPanel(isMoved: boolean): Promise<void> {
    const [, question] = /^#([a-z]+\?.*)$/.exec(location.hash) ?? [];
    highlight();
    asking.abort();
    asking = new AbortController();
    panel.hidden = question === undefined;
    if (question === undefined) return;
    const { signal } = asking;
    if (isMoved) fill(panel, '<h2 id="panel-title">One moment …</h2>');
    try {
      const reply = await get(`/panel/${question}`, signal);
      const html = await reply.text();
      if (signal.aborted) return;
      if (reply.headers.get('content-type')?.startsWith('text/html')) fill(panel, html);
      else panel.textContent = html;
    } catch {
      if (!signal.aborted && isMoved) panel.textContent = 'peerform ui does not respond.';
      return;
    }
    shownAt = performance.now();
    if (isMoved) {
      panel.focus({ preventScroll: true });
      panel.scrollIntoView({ block: 'nearest' });
    }
  }

  /** The panel of a node or neighbour is refreshed when its mark changes; routes and causes are not. */
  function refresh(changed: readonly string[]): void {
    const here = picture.querySelector('a.here');
    if (!here || !changed.includes(here.id) || later !== 0) return;
    later = setTimeout(
      () => {
        later = 0;
        if (/^#(node|neighbour)\?/.test(location.hash)) void showPanel(false);
      },
      Math.max(0, shownAt + 1000 - performance.now()),
    );
  }

  const places = (): SVGAElement[] => [...picture.querySelectorAll<SVGAElement>('a')];

  /** Highlights the place that the panel shows. */
  function highlight(): void {
    for (const one of places()) one.classList.toggle('here', one.getAttribute('href') === location.hash);
  }

  /** Only one place is in the tab order; arrow keys move between places. */
  function reachable(place: Element | undefined): void {
    for (const one of picture.querySelectorAll('a[tabindex="0"]')) one.setAttribute('tabindex', '-1');
    place?.setAttribute('tabindex', '0');
  }

  const STEPS: Readonly<Record<string, readonly [x: number, y: number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };

  picture.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    const from = document.activeElement;
    if (!step || !from || from.tagName !== 'a') return;
    event.preventDefault();
    const middle = (one: Element) => {
      const { left, top, width, height } = one.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    };
    const [x, y] = middle(from);
    let best: SVGAElement | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const one of places()) {
      const [dx, dy] = middle(one).map((to, i) => to - [x, y][i]);
      const ahead = dx * step[0] + dy * step[1];
      const aside = Math.abs(dx * step[1]) + Math.abs(dy * step[0]);
      const far = ahead + 3 * aside;
      if (one === from || ahead <= 1 || far >= least) continue;
      best = one;
      least = far;
    }
    if (!best) return;
    reachable(best);
    best.focus();
  });
  picture.addEventListener('focusin', ({ target }) => {
    if (target instanceof SVGAElement) reachable(target);
  });

  ask.addEventListener('submit', (event) => {
    event.preventDefault();
    const [node, about] = ['node', 'about'].map((id) => (at(id) as HTMLInputElement).value.trim());
    const hash =
      about === '' ? `#node?${new URLSearchParams({ node })}` : `#why?${new URLSearchParams({ node, about })}`;
    if (location.hash === hash) void showPanel(true);
    else location.hash = hash;
  });
  window.addEventListener('hashchange', () => {
    const last = token;
    token = takeToken();
    if (token !== last) return location.reload();
    void showPanel(true);
  });
  if (token === '') say('Open the address that peerform ui printed', 'off');
  else {
    keepFollowing();
    void showPanel(false);
  }
})();
