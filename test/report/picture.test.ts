import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layoutOf } from '../../lib/report/picture/layout';
import { svgOf } from '../../lib/report/picture/svg';
import { pictureStyle } from '../../lib/report/style';
import { meshOf, meshOff, nodes, racksChange, reportFor } from './changes';

describe('the picture of a change', () => {
  test('draws each node and neighbour in its band, and each session by what becomes of it', () => {
    const { picture } = meshOff();
    expect(picture.places.map(({ band, name, detail, mark, loses }) => [band, name, detail, mark, loses])).toEqual([
      ['outside', 'tor', '192.20.30.40 · AS 67111', 'kept', undefined],
      ['outside', 'node1-tor', 'aa:bb::ff · AS 67111', 'kept', undefined],
      ...[0, 1, 2].map((i) => ['nodes', `node${i + 1}`, `10.0.0.${i + 1} · AS 67111`, 'kept', 'some']),
    ]);
    expect(picture.links?.map(({ a, b, mark, at, sessions }) => [a, b, mark, at, sessions])).toEqual([
      ...[2, 3, 4].map((node) => [0, node, 'kept', 2, 1]).map(([a, b, mark, , sessions]) => [a, b, mark, 1, sessions]),
      [1, 2, 'kept', 1, 1],
      [2, 3, 'removed', 2, 2],
      [2, 4, 'removed', 2, 2],
      [3, 4, 'removed', 2, 2],
    ]);
    expect(picture.counts).toEqual({ kept: 4, removed: 6, added: 0, reset: 0, retuned: 0 });
    const svg = svgOf(picture, 'Fabric quickstart', 'x', pictureStyle()).text;
    expect(svg.match(/class="e rem t2"/g)).toHaveLength(3);
    expect(svg.match(/<text class="bt"[^>]*>[^<]*/g)?.map((found) => found.replace(/.*>/, ''))).toEqual([
      'Outside',
      'Nodes',
    ]);
  });

  test('is the one that the README shows, of the quickstart (npm start writes it to .peerform/report.svg)', () => {
    const { picture, fabric, verdict } = meshOff();
    expect(readFileSync(join(__dirname, '../../docs/images/report.svg'), 'utf8')).toBe(
      svgOf(picture, `Fabric ${fabric}`, verdict.line, pictureStyle()).text,
    );
  });

  test('shows a session that is reset with the first of its ends, and one that is added with the last', () => {
    const fabric = { name: 'lab', nodes: nodes(3) };
    const { picture } = reportFor(fabric, { ...fabric, holdTime: 30, nodes: nodes(4) }, [['node1'], ['node2']]);
    const at = (one: string, other: string) =>
      picture.links?.find(({ a, b }) => picture.places[a].name === one && picture.places[b].name === other);
    expect(at('node1', 'node2')).toMatchObject({ mark: 'reset', at: 1 });
    expect(at('node2', 'node3')).toMatchObject({ mark: 'reset', at: 2 });
    expect(at('node1', 'node4')).toMatchObject({ mark: 'added', at: 3 });
  });

  test('has racks with their switches, and boxes that do not overlap', () => {
    const { picture } = racksChange();
    const { chips, tiles, bands, width, height } = layoutOf(picture);
    expect(bands.map(({ title }) => title)).toEqual(['Outside', 'Top of rack', 'Racks']);
    expect(tiles.map(({ title }) => title)).toEqual(['rack-a', 'rack-b', 'rack-c']);
    for (const [i, { box: one }] of chips.entries()) {
      expect(one.x + one.w).toBeLessThan(width);
      expect(one.y + one.h).toBeLessThan(height);
      for (const { box: other } of chips.slice(i + 1))
        expect(
          one.x + one.w <= other.x ||
            other.x + other.w <= one.x ||
            one.y + one.h <= other.y ||
            other.y + other.h <= one.y,
        ).toBe(true);
    }
  });

  test.each([
    [40, 40],
    [41, 0],
  ])('of %i nodes names %i of them, and draws the others as cells', (number, named) => {
    const { chips, cells } = layoutOf(meshOf(number).picture);
    expect(chips.filter(({ place }) => place.band === 'nodes')).toHaveLength(named);
    expect(cells).toHaveLength(number - named);
  });

  test('has colours that are legible on their grounds, in both schemes', () => {
    const schemes = [...pictureStyle().text.matchAll(/\.net\{(--page[^}]*)\}/g)].map(([, all]) =>
      Object.fromEntries(all.split(';').map((one) => one.split(':'))),
    );
    expect(schemes).toHaveLength(2);
    for (const scheme of schemes) {
      const contrast = (one: string, other: string) => {
        const [a, b] = [one, other].map((name) => luminance(scheme[`--${name}`])).sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
      };
      for (const ground of ['page', 'card', 'band', 'tile', 'chip', 'cutbg', 'addbg', 'rembg'])
        for (const ink of ['ink', 'soft'])
          expect([ink, ground, contrast(ink, ground) >= 4.5]).toEqual([ink, ground, true]);
      for (const ground of ['page', 'card', 'band', 'tile'])
        for (const mark of ['added', 'removed', 'reset', 'retuned', 'cut'])
          expect([mark, ground, contrast(mark, ground) >= 4.5]).toEqual([mark, ground, true]);
    }
  });
});

/** WCAG 2.2, relative luminance of `#rgb` or `#rrggbb`. */
function luminance(colour: string): number {
  const digits = colour.slice(1);
  const whole = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const [r, g, b] = [0, 2, 4].map((i) => {
    const value = Number.parseInt(whole.slice(i, i + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
