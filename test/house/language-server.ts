import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(__dirname, '../..');

/** TypeScript's own language server, as an editor talks to it. */
export class LanguageServer {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting = new Map<number, (result: unknown) => void>();
  private last = 0;
  private octets = Buffer.alloc(0);

  private constructor() {
    this.child = spawn(join(ROOT, 'node_modules/.bin/tsc'), ['--lsp', '--stdio'], { cwd: ROOT });
    this.child.stdout.on('data', (data: Buffer) => this.take(data));
    this.child.stderr.resume();
  }

  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer();
    const hover = { contentFormat: ['markdown'] };
    await server.request('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(ROOT).href,
      capabilities: { textDocument: { hover } },
    });
    server.send({ method: 'initialized', params: {} });
    return server;
  }

  /** Opens a text as a file of the repository that need not be there. */
  open(path: string, text: string): string {
    const uri = pathToFileURL(join(ROOT, path)).href;
    this.send({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri, languageId: 'typescript', version: 1, text } },
    });
    return uri;
  }

  /** What is shown where the pointer rests: Markdown. Line and character from 0. */
  async hover(uri: string, line: number, character: number): Promise<string> {
    const shown = await this.request('textDocument/hover', { textDocument: { uri }, position: { line, character } });
    return (shown as { contents?: { value: string } } | null)?.contents?.value ?? '';
  }

  end(): void {
    this.child.kill();
  }

  private request(method: string, params: object): Promise<unknown> {
    const id = ++this.last;
    this.send({ id, method, params });
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  private send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  private take(data: Buffer): void {
    this.octets = Buffer.concat([this.octets, data]);
    for (;;) {
      const end = this.octets.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.octets.toString('utf8', 0, end))?.[1]);
      const from = end + 4;
      if (this.octets.length < from + length) return;
      const message = JSON.parse(this.octets.toString('utf8', from, from + length));
      this.octets = this.octets.subarray(from + length);
      if (message.method === undefined) {
        this.waiting.get(message.id)?.(message.result);
        this.waiting.delete(message.id);
      } else if (message.id !== undefined) this.send({ id: message.id, result: null }); // It asks for settings: there are none.
    }
  }
}
