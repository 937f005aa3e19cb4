import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPipeClosed } from '../../../lib/kernel/system/closed-pipe';

describe('a pipe that is watched for its reader', () => {
  let folder: string;
  let reader: number;
  let writer: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pipe-'));
    const path = join(folder, 'p');
    execFileSync('mkfifo', [path]);
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    writer = openSync(path, constants.O_WRONLY);
  });
  afterEach(() => {
    closeSync(writer);
    rmSync(folder, { recursive: true });
  });

  test('tells when the reader goes, though nothing is written', async () => {
    const closed = jest.fn();
    const told = new Promise<void>((resolve) => closed.mockImplementation(resolve));
    onPipeClosed(writer, closed);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(closed).not.toHaveBeenCalled();
    closeSync(reader);
    await told;
    expect(closed).toHaveBeenCalledTimes(1);
  });

  test('tells at once where the reader has gone before', () => {
    closeSync(reader);
    const closed = jest.fn();
    onPipeClosed(writer, closed);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  test('says nothing of what is no pipe', () => {
    closeSync(reader);
    const file = openSync(join(folder, 'f'), 'w');
    const closed = jest.fn();
    onPipeClosed(file, closed);
    closeSync(file);
    expect(closed).not.toHaveBeenCalled();
  });
});
