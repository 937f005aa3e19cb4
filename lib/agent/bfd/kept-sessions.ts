import { readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { detectionTime } from '../../bfd/timing';
import type { SavedSession } from './driven-session';
import { specsIn } from './protocol';

/** Milliseconds between two moments at which the file says that its writer lives. */
export const ALIVE_EVERY = 500;

/** What a file is written as: one of another number is of a version that has it otherwise. */
const FORMAT = 1;

interface KeptFile {
  readonly format: number;
  readonly sessions: readonly SavedSession[];
}

/**
 * The sessions in a file below /run, which does not outlive the machine, for the next run of the process to continue
 * with.
 */
export class KeptSessions {
  private written = '';
  private complaint = '';

  /** `warn`: what keeps the file from being written. Sessions go on without it, all but over a restart. */
  constructor(
    private readonly path: string,
    private readonly warn: (message: string) => void = () => {},
  ) {}

  /**
   * Those of the previous run, if there was one on this boot, each with whether its neighbour cannot have noticed the
   * end of that.
   */
  read(): { readonly session: SavedSession; readonly isRecent: boolean }[] {
    try {
      const { format, sessions } = JSON.parse(readFileSync(this.path, 'utf8')) as KeptFile;
      const age = Date.now() - statSync(this.path).mtimeMs;
      if (format !== FORMAT || specsIn({ sessions: sessions.map(({ spec }) => spec) }) === 'invalid') return [];
      return sessions.map((session) => ({ session, isRecent: age < patienceOf(session) }));
    } catch {
      // None, or one that is damaged: the agent says what there is to be.
      return [];
    }
  }

  write(sessions: readonly SavedSession[]): void {
    const file: KeptFile = { format: FORMAT, sessions };
    const text = JSON.stringify(file);
    if (text === this.written) {
      this.live();
      return;
    }
    this.attempt(() => {
      writeFileSync(`${this.path}.new`, text, { mode: 0o600 });
      renameSync(`${this.path}.new`, this.path);
      this.written = text;
    });
  }

  /** Says that the sessions are run now. */
  live(): void {
    const now = new Date();
    if (this.written !== '') this.attempt(() => utimesSync(this.path, now, now));
  }

  /** What fails is done again with the next change, and said once for each reason. */
  private attempt(write: () => void): void {
    try {
      write();
      this.complaint = '';
    } catch (error) {
      const { message } = error as Error;
      this.written = '';
      if (message !== this.complaint) this.warn(`a restart would end all BFD sessions: ${message}`);
      this.complaint = message;
    }
  }
}

/** Milliseconds for which a file may say nothing of a session that is still to be taken up as it was. */
const patienceOf = ({ memory: { state, remote, receives } }: SavedSession): number =>
  state === 'Up' && remote ? detectionTime(remote, receives) / 1000 + ALIVE_EVERY : 0;
