/** Milliseconds between two looks. */
const APART = 1_000;
/** So many secrets are looked for in one turn. */
const MOST = 100;

/**
 * Waits for secrets that are missing, so that nobody has to tell the agent when they are there. Files are looked at,
 * not watched: they may come with folders, mounts and links that are not there yet either. While none is missing
 * nothing is done.
 */
export class AwaitedSecrets {
  /** References, and whether each was there at the last look. */
  private awaited = new Map<string, boolean>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly isThere: (reference: string) => boolean,
    private readonly came: (references: readonly string[]) => void,
    private readonly apart = APART,
  ) {}

  /** These are missing now, and no others. */
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

  /** One that has just appeared may not be whole yet: it counts when it is there a second time. */
  private look(): void {
    const came: string[] = [];
    for (const [reference, wasThere] of [...this.awaited].slice(0, MOST)) {
      const isThere = this.isThere(reference);
      if (isThere && wasThere) came.push(reference);
      // At the end: others have their turn.
      this.awaited.delete(reference);
      this.awaited.set(reference, isThere && !wasThere);
    }
    if (came.length > 0) this.came(came);
  }
}
