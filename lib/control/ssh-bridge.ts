import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { SshEndpoint } from '../model/endpoint';
import { explainEnd, sshArguments } from './ssh';

/** So much of what ssh says is kept: the last of it tells why it failed. */
const MOST_WORDS = 4096;

/**
 * A connection to the agent behind an ssh endpoint: the standard input and output of an ssh client, dressed as what
 * `node:http` takes for a socket. Emits `heard` with the first octet of the far side.
 */
export class SshBridge extends Duplex {
  /** Milliseconds without traffic until `timeout` is emitted; 0: never. */
  timeout = 0;
  private readonly child: ChildProcess;
  private idle: NodeJS.Timeout | undefined;
  private said = '';
  private hasHeard = false;

  constructor(endpoint: SshEndpoint) {
    super({ allowHalfOpen: false });
    // In a session of its own: Ctrl-C is for the program in front, which then still has to have agents roll back.
    const { env } = process;
    this.child = spawn('ssh', sshArguments(endpoint, env.PEERFORM_SSH_CONFIG), { env, stdio: 'pipe', detached: true });
    const { stdin, stdout, stderr } = this.child;
    stdout!.on('data', (chunk: Buffer) => this.hear(chunk));
    stderr!.on('data', (chunk: Buffer) => {
      this.said = `${this.said}${chunk}`.slice(-MOST_WORDS);
    });
    stdin!.on('error', () => {}); // its exit says why nobody reads any more
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
    return this; // ssh itself asks whether the far side is alive
  }

  setNoDelay(): this {
    return this;
  }

  /** An idle connection keeps no process running; one that is used does. */
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
