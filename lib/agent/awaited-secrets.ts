/** Milliseconds between checks. */
const APART = 1_000;
/** Maximum number of secrets checked in one turn. */
const MOST = 100;

/**
 * Polls for missing secrets, so that the agent finds them by itself. Files are polled, not watched: they may appear
 * with folders, mounts and links that do not exist yet either. Idle while none is missing.
 */
export class AwaitedSecrets {
  /** References, and whether each was present at the last check. */
  private awaited = new Map<string, boolean>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly isThere: (reference: string) => boolean,
    private readonly came: (references: readonly string[]) => void,
    private readonly apart = APART,
  ) {}

  /** Sets the missing secrets. */
  await(references: Iterable<string>): void {
    this.awaited = new Map([...references].map((reference) => [reference, this.awaited.get(reference) ?? false]));
    if (this.awaited.size === 0) this.end();
    else this.timer ??= setInterval(() => this.look(), this.apart).unref();
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.awaited.clear();
  }

  /** A new one may be incomplete: it counts when it is present a second time. */
  private look(): void {
    const came: string[] = [];
    for (const [reference, wasThere] of [...this.awaited].slice(0, MOST)) {
      const isThere = this.isThere(reference);
      if (isThere && wasThere) came.push(reference);
      // Moved to the end: others are checked next.
      this.awaited.delete(reference);
      this.awaited.set(reference, isThere && !wasThere);
    }
    if (came.length > 0) this.came(came);
  }
}
