import { emptyRoute, FAMILY } from '../../../../lib/kernel/codec/route';
import { RouteSources } from '../../../../lib/kernel/fib/foreign/route-sources';
import { ip } from '../../routing-world';

const read = (sources: RouteSources, text: string, protocol: number) =>
  sources.note(ip(text).bytes, {
    ...emptyRoute(),
    family: text.includes(':') ? FAMILY.ipv6 : FAMILY.ipv4,
    protocol,
    source: 0,
  });

test('an address that routes name as their source may take them along; those of the kernel it tells of, and IPv6 does too', () => {
  const sources = new RouteSources();
  read(sources, '10.0.0.5', 16);
  read(sources, '10.0.0.6', 2);
  read(sources, '2001:db8::5', 16);
  expect(['10.0.0.5', '10.0.0.6', '10.0.0.7', '2001:db8::5'].map((text) => sources.has(ip(text)))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('where there are too many to be known, every address may', () => {
  const sources = new RouteSources();
  for (let i = 0; i < 10_000; i++)
    sources.note(Uint8Array.of(20, 0, i >> 8, i & 255), {
      ...emptyRoute(),
      family: FAMILY.ipv4,
      protocol: 16,
      source: 0,
    });
  expect(sources.has(ip('10.0.0.7'))).toBe(true);
});
