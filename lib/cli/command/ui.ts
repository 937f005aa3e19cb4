import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { type Command, InvalidArgumentError } from 'commander';
import { agentOf } from '../../control/agents';
import type { Answers, RoutesAnswer, Source } from '../../ui/answers';
import { Feed } from '../../ui/feed';
import { UiServer } from '../../ui/server';
import { CommandError } from '../exit-codes';
import { line, print, printError } from '../terminal';
import { withVia } from '../via';
import { ROUTE_HEADINGS, routeCells } from '../view/routes';
import { whyData } from '../view/why';
import { isFine } from '../why/causes';
import { explain } from '../why/explain';
import { queryOf } from './routes';

/** Script of the page, as built. */
const SCRIPT = join(__dirname, '../../ui/browser/page.js');

interface Flags {
  readonly via: string;
  readonly port: number;
  readonly open: boolean;
}

/** `peerform ui`: a live picture of the fabric in a browser on this machine, until interrupted. */
export function register(program: Command): void {
  withVia(program.command('ui'))
    .summary('show the fabric live, as a picture in a browser on this machine')
    .description(
      'show the fabric live, as a picture in a browser on this machine: sessions, deploys as they go from node to node, drains, and on a click the routes of a node and why it has one. Nothing can be changed with it. The address that it prints has a token that only its reader knows; it runs until it is interrupted',
    )
    .option('--port <number>', 'port of the loopback address; 0 takes any that is free', portIn, 0)
    .option('--no-open', 'do not open a browser; none is opened without a desktop, or by root')
    .action(async ({ via, port, open }: Flags) => {
      const feed = new Feed(via, () => server.changed());
      const server = new UiServer({
        ...{ port, script: readFileSync(SCRIPT, 'utf8') },
        source: sourceOf(via),
        fleet: () => feed.fleet,
      });
      const address = await server.listen().catch((error: NodeJS.ErrnoException) => {
        throw new CommandError(
          'usage',
          error.code === 'EADDRINUSE'
            ? `port ${port} is in use on this machine: choose another with --port, or leave it out`
            : `port ${port} cannot be used: ${error.message}`,
        );
      });
      await feed.start().catch(async (error: Error) => {
        await server.close();
        throw error;
      });
      // Before the address is printed, because a caller may interrupt right after.
      const interrupted = new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
      });
      print(line`${address}`);
      if (isatty(1)) printError(line`This address is yours alone: whoever has it sees the fabric. Ctrl-C ends it.`);
      const forget = open && hasDesktop() ? show(address) : () => {};
      await interrupted;
      forget();
      feed.stop();
      await server.close();
      process.exit();
    });
}

function portIn(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new InvalidArgumentError('A port is a number up to 65535.');
}

/** Queries of the page, answered like the commands of the same names. */
const sourceOf = (via: string): Source => ({
  async why(node, about): Promise<Answers> {
    const { findings, errors = [] } = whyData(await explain(via, node, about));
    return {
      causes: findings.map((one) => ({
        ...{ title: one.title, where: one.where, text: one.text, fix: one.fix, isFine: isFine(one) },
      })),
      errors,
    };
  },
  async routes(node, prefix, most): Promise<RoutesAnswer> {
    const agent = await agentOf(via, node);
    const rows: RoutesAnswer['rows'][number][] = [];
    for await (const route of agent.routes(prefix === undefined ? undefined : queryOf(prefix, false))) {
      if (rows.length === most) return { headings: ROUTE_HEADINGS, rows, isCut: true };
      rows.push({ prefix: route.prefix, cells: routeCells(route) });
    }
    return { headings: ROUTE_HEADINGS, rows, isCut: false };
  },
});

/** Whether a browser can be opened; not as root. */
const hasDesktop = (): boolean =>
  isatty(1) &&
  process.geteuid?.() !== 0 &&
  (process.platform === 'darwin' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY));

/**
 * Opens a browser. Command lines are visible to all users, so the browser gets the name of a private file that
 * redirects to the address. Returns a function that removes the file.
 */
function show(address: string): () => void {
  const folder = mkdtempSync(join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), 'peerform-ui-'));
  const file = join(folder, 'open.html');
  writeFileSync(
    file,
    `<!doctype html><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${address}"><title>Peerform</title>`,
    { mode: 0o600 },
  );
  const opener = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [file], {
    stdio: 'ignore',
    detached: true,
  });
  opener.on('error', () => {}); // the address is printed anyway
  opener.unref();
  return () => rmSync(folder, { recursive: true, force: true });
}
