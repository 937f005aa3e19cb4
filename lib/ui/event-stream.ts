import type { ServerResponse } from 'node:http';
import { changeTo, type View } from './view';

/** Milliseconds for which a page may leave what it was sent unread. */
const PATIENCE_MS = 30_000;
/** Milliseconds between signs of life, so that both ends notice a connection that is gone. */
const BEAT_MS = 15_000;

/**
 * Server-sent events to one page. What it has not read yet is at most one change: while it does not read, moments pass
 * it by, and it gets the difference to
 * the last one when it reads again. One that never does is closed.
 */
export class EventStream {
  private sent: View | undefined;
  private next: View | undefined;
  private isFull = false;
  private patience: NodeJS.Timeout | undefined;
  private readonly beat: NodeJS.Timeout;

  constructor(
    private readonly reply: ServerResponse,
    onClosed: () => void,
  ) {
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.on('drain', () => this.drained());
    this.beat = setInterval(() => this.isFull || this.write(': \n\n'), BEAT_MS);
    reply.on('close', () => {
      clearInterval(this.beat);
      clearTimeout(this.patience);
      onClosed();
    });
  }

  /** What is to be shown now. */
  show(view: View): void {
    this.next = view;
    if (!this.isFull) this.flush();
  }

  close(): void {
    this.reply.destroy();
  }

  private flush(): void {
    const change = this.next && changeTo(this.next, this.sent);
    this.sent = this.next;
    if (change) this.write(`data: ${JSON.stringify(change)}\n\n`);
  }

  private write(text: string): void {
    if (this.reply.write(text)) return;
    this.isFull = true;
    this.patience = setTimeout(() => this.close(), PATIENCE_MS);
  }

  private drained(): void {
    clearTimeout(this.patience);
    this.isFull = false;
    this.flush();
  }
}
