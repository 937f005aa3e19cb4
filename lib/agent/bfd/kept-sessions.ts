import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { detectionTime } from '../../bfd/timing';
import type { SavedSession } from './driven-session';
import { specsIn } from './protocol';

/** Milliseconds between updates of the file that show that its writer is alive. */
export const ALIVE_EVERY = 500;

/** Version of the file format; files of other versions are ignored. */
const FORMAT = 1;

interface KeptFile {
  readonly format: number;
  readonly sessions: readonly SavedSession[];
}

/** Stores the sessions in a file below /run, which does not survive a reboot, for the next run of the process. */
export class KeptSessions {
  private written = '';
  private complaint = '';

  /** `warn`: why the file cannot be written. Sessions run without it, but do not survive a restart. */
  constructor(
    private readonly path: string,
    private readonly warn: (message: string) => void = () => {},
  ) {}

  /**
   * The sessions of the previous run on this boot, if any. `isRecent`: the neighbour cannot have noticed the
   * interruption.
   */
  read(): { readonly session: SavedSession; readonly isRecent: boolean }[] {
    try {
      const { text, writtenAt } = ownFile(this.path);
      const { format, sessions } = JSON.parse(text) as KeptFile;
      const age = Date.now() - writtenAt;
      if (format !== FORMAT || specsIn({ sessions: sessions.map(({ spec }) => spec) }) === 'invalid') return [];
      return sessions.map((session) => ({ session, isRecent: age < patienceOf(session) }));
    } catch {
      // There is no file, or it is damaged: the agent sends the sessions.
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
      // The folder may be one in which others can write, if --socket says so: nothing of theirs is written through.
      rmSync(`${this.path}.new`, { force: true });
      writeFileSync(`${this.path}.new`, text, { mode: 0o600, flag: 'wx' });
      renameSync(`${this.path}.new`, this.path);
      this.written = text;
    });
  }

  /** Records that the sessions are running now. */
  live(): void {
    const now = new Date();
    if (this.written !== '') this.attempt(() => utimesSync(this.path, now, now));
  }

  /** A failed write is repeated with the next change, and reported once for each reason. */
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

/** The contents of a file that this user has written; throws for any other. */
function ownFile(path: string): { readonly text: string; readonly writtenAt: number } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { uid, mode, mtimeMs } = fstatSync(fd);
    if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) throw new Error(`${path} is not a file of this user`);
    return { text: readFileSync(fd, 'utf8'), writtenAt: mtimeMs };
  } finally {
    closeSync(fd);
  }
}

/** Maximum age of the file in milliseconds for resuming a session in its state. */
const patienceOf = ({ memory: { state, remote, receives } }: SavedSession): number =>
  state === 'Up' && remote ? detectionTime(remote, receives) / 1000 + ALIVE_EVERY : 0;
