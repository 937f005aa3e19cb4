import { ageText } from '../../lib/cli/age';

const NOW = Date.parse('2026-01-10T00:00:00Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

test.each([
  [0, '0s'],
  [59.9, '59s'],
  [60, '1m0s'],
  [725, '12m5s'],
  [3599, '59m59s'],
  [3600, '1h0m'],
  [86_399, '23h59m'],
  [273_600, '3d4h'],
  [-5, '0s'],
])('%d s ago is %s', (seconds, text) => expect(ageText(ago(seconds), NOW)).toBe(text));

test('what is not a time has no age', () => expect(ageText('whenever', NOW)).toBe('-'));
