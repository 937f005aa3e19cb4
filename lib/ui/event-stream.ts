import type { ServerResponse } from 'node:http';
import { changeTo, type View } from './view';

/** Milliseconds that a page may leave data unread. */
const PATIENCE_MS = 30_000;
/** Milliseconds between keep-alives, so that both ends notice a lost connection. */
const BEAT_MS = 15_000;

/**
 * Server-sent events to one page. At most one change is buffered: while the page does not read, intermediate views are
 * skipped, and it then gets the difference to the latest. A page that never reads is disconnected.
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

  /** Sets the current view. */
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
