import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roomFor } from '../../bench/neighbour-room';

describe("the kernel's table of neighbours", () => {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-test-'));
  const limits = ['1', '2', '3'].map((name) => join(folder, name));
  const values = () => limits.map((path) => readFileSync(path, 'utf8'));
  const warn = jest.spyOn(console, 'error').mockImplementation();
  afterAll(() => {
    warn.mockRestore();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    warn.mockClear();
    for (const [i, path] of limits.entries()) writeFileSync(path, ['128', '512', '1024'][i]);
  });

  test('has limits that are raised where they are lower, and restored', () => {
    const restore = roomFor(1000, limits);
    expect(values()).toEqual(['1000', '1000', '1024']);
    restore();
    expect(values()).toEqual(['128', '512', '1024']);
    expect(warn).not.toHaveBeenCalled();
  });

  test('may have limits that cannot be set here, which is said, and no reason to fail', () => {
    const restore = roomFor(1_000_000, [limits[0], '/proc/sys/kernel/ngroups_max']); // of which no kernel takes another
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('table of neighbours may be too small'));
    restore();
    expect(values()).toEqual(['128', '512', '1024']);
  });
});
