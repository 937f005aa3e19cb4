import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { SshEndpoint } from '../model/endpoint';
import { explainEnd, sshArguments } from './ssh';

/** Maximum characters kept of ssh's error output: the last of them say why it failed. */
const MOST_WORDS = 4096;

/**
 * A connection to the agent behind an ssh endpoint: the standard input and output of an ssh client, wrapped as a socket
 * for `node:http`. Emits `heard` with the first octet from the far side.
 */
export class SshBridge extends Duplex {
  /** Milliseconds without traffic before `timeout` is emitted; 0: never. */
  timeout = 0;
  private readonly child: ChildProcess;
  private idle: NodeJS.Timeout | undefined;
  private said = '';
  private hasHeard = false;

  constructor(endpoint: SshEndpoint) {
    super({ allowHalfOpen: false });
    // In a separate session: Ctrl-C is meant for the foreground program, which then still has to have agents roll back.
    const { env } = process;
    this.child = spawn('ssh', sshArguments(endpoint, env.PEERFORM_SSH_CONFIG), { env, stdio: 'pipe', detached: true });
    const { stdin, stdout, stderr } = this.child;
    stdout!.on('data', (chunk: Buffer) => this.hear(chunk));
    stderr!.on('data', (chunk: Buffer) => {
      this.said = `${this.said}${chunk}`.slice(-MOST_WORDS);
    });
    stdin!.on('error', () => {}); // its exit explains why it stopped reading
    this.child.once('error', (error: NodeJS.ErrnoException) =>
      this.destroy(
        new Error(error.code === 'ENOENT' ? 'ssh was not found here: install an SSH client' : error.message),
      ),
    );
    this.child.once('close', (code) => this.over(code));
  }

  /** As of `net.Socket`. */
  setTimeout(ms: number, callback?: () => void): this {
    this.timeout = ms;
    clearTimeout(this.idle);
    this.idle = ms > 0 ? setTimeout(() => this.emit('timeout'), ms) : undefined;
    this.idle?.unref();
    if (callback && ms > 0) this.once('timeout', callback);
    else if (callback) this.off('timeout', callback);
    return this;
  }

  setKeepAlive(): this {
    return this; // ssh itself checks whether the far side is alive
  }

  setNoDelay(): this {
    return this;
  }

  /** An idle connection does not keep the process alive; one in use does. */
  ref(): this {
    for (const one of this.handles()) one.ref();
    return this;
  }

  unref(): this {
    for (const one of this.handles()) one.unref();
    return this;
  }

  override _read(): void {
    this.child.stdout!.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.idle?.refresh();
    this.child.stdin!.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.child.stdin!.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.idle);
    this.child.kill();
    done(error);
  }

  private hear(chunk: Buffer): void {
    this.idle?.refresh();
    if (!this.hasHeard) this.emit('heard');
    this.hasHeard = true;
    if (!this.push(chunk)) this.child.stdout!.pause();
  }

  private over(code: number | null): void {
    if (this.hasHeard) this.push(null);
    else this.destroy(new Error(explainEnd({ code, said: this.said })));
  }

  private handles(): { ref(): unknown; unref(): unknown }[] {
    return [this.child, ...[this.child.stdin, this.child.stdout, this.child.stderr].map((s) => s as Socket)];
  }
}
