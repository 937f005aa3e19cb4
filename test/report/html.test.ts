import { markdownOf } from '../../lib/report/markdown';
import { svgOf } from '../../lib/report/picture/svg';
import { digest, meshOf, meshOff, nodes, pageOf, racksChange, reportFor } from './changes';

const headings = (page: string) => [...page.matchAll(/<h[12][^>]*>([^<]*)/g)].map(([, text]) => text);

describe('the page of a report', () => {
  test('tells the verdict first, then objects, picture, losses, routes, gates and duties', () => {
    expect(headings(pageOf(racksChange()))).toEqual([
      expect.stringMatching(/^Cuts off /),
      'What the code changes',
      'The network, before and after',
      'Losses',
      'Routes, by neighbour',
      'Gates',
      'What people outside must do, and when',
      'All findings',
    ]);
  });

  test('has no script, no reference to anything, and a policy that allows its own style sheet alone', () => {
    const page = pageOf(meshOff());
    const [style] = page.match(/(?<=<style>)[\s\S]*?(?=<\/style>)/) ?? [];
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${digest(style!)}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page.match(/<style>/g)).toHaveLength(1);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|\shref=|\sstyle=|\son\w+=|url\(|@import/i);
  });

  test('has a step for the state before, each wave, and the state after', () => {
    const page = pageOf(racksChange());
    expect([...page.matchAll(/<label for="(\w+)">([^<]*)/g)].map(([, id, text]) => [id, text])).toEqual([
      ['all', 'All changes'],
      ['s0', 'Before'],
      ...[1, 2, 3].map((wave) => [`s${wave}`, `Wave ${wave}`]),
      ['s4', 'After the commit'],
    ]);
    expect(page).toContain(
      'activates 2 of 12 nodes: node1, node2. 1 session reset. Sessions that are removed stay up until the commit.',
    );
  });

  test('shows the last of very many waves as one step', () => {
    const fabric = { name: 'lab', nodes: nodes(41) };
    const waves = Array.from({ length: 30 }, (_, i) => [`node${i + 1}`]);
    const page = pageOf(reportFor(fabric, { ...fabric, holdTime: 30 }, waves));
    expect(page).toContain('<label for="s24">Waves 24 to 31</label><label for="s25">After the commit</label>');
    expect(page).toContain('<strong>Waves 24 to 31</strong> activate 18 of 41 nodes: node24, ');
    expect(page).toContain('class="c rst t24"');
    expect(page).not.toContain('class="c rst t25"');
  });

  test('is the same octets when it is made again, and at most 1 MB for 5,000 nodes', () => {
    const [one, again] = [1, 2].map(() => {
      const report = meshOf(5000);
      return [pageOf(report), svgOf(report.picture, 'a', 'b').text, markdownOf([report])];
    });
    expect(again).toEqual(one);
    expect(Buffer.byteLength(one[0])).toBeLessThan(1_000_000);
    expect(one[2].match(/^ {2}c\d+[[(]/gm)!.length).toBeLessThanOrEqual(60);
    expect(one[2]).toContain('12,502,500 of 12,502,500 sessions reset');
    expect(one[0].match(/<path class="c rst t[12]"/g)).toHaveLength(2);
  });
});
