import { closeSync, openSync, writeSync } from 'node:fs';
import type { HostOptions } from '../../bgp/net/host';
import { headerLine, stepLine } from '../../bgp/recording';
import type { SpeakerOptions } from '../../bgp/speaker';

/** Records the run of a speaker to a file, one line at a time and unbuffered, so that it is complete after a crash. */
export class Recorder {
  private file: number | undefined;

  private constructor(
    path: string,
    options: SpeakerOptions,
    private readonly failed: (error: Error) => void,
  ) {
    this.file = openSync(path, 'w', 0o600);
    this.write(headerLine(options));
  }

  /**
   * Starts a recording of a speaker with these options. Throws the system's error if the file cannot be created; if a
   * write fails later (the disk is full) the recording ends and `failed` is called, once.
   */
  static open(path: string, options: SpeakerOptions, failed: (error: Error) => void = () => {}): Recorder {
    return new Recorder(path, options, failed);
  }

  /** To be given to the speaker's host. */
  readonly onInput: NonNullable<HostOptions['onInput']> = (at, input, effects) => {
    if (this.file !== undefined) this.write(stepLine({ at, input, effects }));
  };

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private write(line: string): void {
    try {
      writeSync(this.file!, `${line}\n`);
    } catch (error) {
      this.close();
      this.failed(error as Error);
    }
  }
}
