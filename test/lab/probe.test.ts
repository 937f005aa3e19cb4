import { spawnSync } from 'node:child_process';
import { probe } from '../../lib/lab/probe';

/** How the probe of an address ends where PATH holds no ping. */
function withoutPing(address: string): number | null {
  const [, ...rest] = probe(address);
  return spawnSync('/bin/sh', rest, { env: { PATH: '/nonexistent' } }).status;
}

describe('a probe without ping', () => {
  test.each(['127.0.0.1', '::1'])('is answered by %s, where nothing listens', (address) => {
    expect(withoutPing(address)).toBe(0);
  });

  test('is not answered by an address that no host has', () => {
    expect(withoutPing('240.0.0.1')).toBe(1);
  });
});
