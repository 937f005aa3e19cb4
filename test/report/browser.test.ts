import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { svgOf } from '../../lib/report/picture/svg';
import type { Report } from '../../lib/report/report';
import { pictureStyle } from '../../lib/report/style';
import { pairs } from '../breadth';
import { meshOf, meshOff, pageOf, racksChange } from './changes';

const PROGRAM = '/usr/bin/chromium';
/** Where screenshots are kept, if anywhere. */
const KEPT = process.env.PEERFORM_SCREENSHOTS;
const described = existsSync(PROGRAM) ? describe : describe.skip;

const REPORTS: Readonly<Record<string, () => Report>> = {
  'three-nodes': meshOff,
  racks: racksChange,
  cells: () => meshOf(200),
};
const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [400, 800, 1200, 1600];
/** The widths at which accessibility is checked. */
const CHECKED = [400, 1200];

described('a page in a browser (chromium, of the package chromium)', () => {
  let browser: Browser;
  let folder: string;
  const urls = new Map<string, string>();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'peerform-pages-'));
    for (const [name, make] of Object.entries(REPORTS)) {
      const report = make();
      const picture = svgOf(report.picture, `Fabric ${report.fabric}`, report.verdict.line, pictureStyle()).text;
      for (const [file, text] of [
        [`${name}.html`, pageOf(report)],
        [`${name}.svg`, picture],
      ]) {
        writeFileSync(join(folder, file), text);
        urls.set(file, `file://${join(folder, file)}`);
      }
    }
    browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens a page; what it asks for beside itself, and what goes wrong in it, is noted. */
  async function opened(file: string, width: number, colorScheme: (typeof SCHEMES)[number] = 'light') {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const troubles: string[] = [];
    page.on('request', (request) => {
      if (request.url() !== urls.get(file)) troubles.push(`request: ${request.url()}`);
    });
    page.on('console', (message) => troubles.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
    await page.goto(urls.get(file)!);
    return { page, troubles };
  }

  async function kept(page: Page, name: string): Promise<void> {
    if (KEPT === undefined) return;
    mkdirSync(KEPT, { recursive: true });
    await page.screenshot({ path: join(KEPT, `${name}.png`), fullPage: true });
  }

  test.each(pairs(Object.keys(REPORTS), SCHEMES))(
    'of %s in %s asks for nothing, has no error, fits any width and is accessible',
    async (name, scheme) => {
      const looks = pairs(CHECKED, ['all', 's1']);
      for (const width of WIDTHS) {
        const { page, troubles } = await opened(`${name}.html`, width, scheme);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
        if (CHECKED.includes(width)) {
          await page.evaluate(axe.source);
          for (const [, step] of looks.filter(([at]) => at === width)) {
            await page.click(`label[for=${step}]`);
            const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
            expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
          }
          await page.click('label[for=all]');
          await kept(page, `${name}-${scheme}-${width}`);
        }
        expect(troubles).toEqual([]);
        await page.close();
      }
    },
  );

  test('is worked by the keyboard alone: steps by arrows, the picture and the findings by tabs', async () => {
    const { page } = await opened('racks.html', 1200);
    const shown = () => page.locator('.step:visible').textContent();
    const focus = () => page.evaluate('document.activeElement.id || document.activeElement.tagName');
    await page.keyboard.press('Tab');
    expect(await focus()).toBe('all');
    expect(await shown()).toContain('Everything that the change does');
    await page.keyboard.press('ArrowRight');
    expect(await shown()).toContain('The network as it is.');
    await page.keyboard.press('ArrowRight');
    expect([await focus(), await shown()]).toEqual(['s1', expect.stringMatching(/^Wave 1 activates 2 of 12 nodes/)]);
    const outline = `getComputedStyle(document.querySelector('label[for=s1]')).outlineStyle`;
    expect(await page.evaluate(outline)).toBe('solid');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Picture of the network');
    while ((await focus()) !== 'SUMMARY') await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('details[open] li').count()).toBeGreaterThan(0);
    await page.close();
  });

  test('shows each step as the network is then: what is removed stays until the commit', async () => {
    const { page } = await opened('racks.html', 1200);
    const coloured = (mark: string, step: string) =>
      page.evaluate(
        `[...document.querySelectorAll('.scroll path.e.${mark}')].filter((one) => getComputedStyle(one).display !== 'none' && getComputedStyle(one).strokeDasharray !== 'none' && !one.closest('.k')).length + ' ${step}'`,
      );
    const seen: unknown[] = [];
    for (const step of ['all', 's0', 's1', 's2', 's3', 's4']) {
      await page.click(`label[for=${step}]`);
      seen.push([await coloured('rst', step), await coloured('rem', step)]);
    }
    expect(seen).toEqual([
      ['4 all', '8 all'],
      ['0 s0', '0 s0'],
      ['1 s1', '0 s1'],
      ['2 s2', '0 s2'],
      ['4 s3', '0 s3'],
      ['0 s4', '0 s4'],
    ]);
    expect(await page.locator('.scroll path.e.rem').first().isVisible()).toBe(false);
    await page.close();
  });

  test('and a picture alone are drawn without error, in the colours of the reader', async () => {
    const grounds: unknown[] = [];
    for (const scheme of SCHEMES) {
      const { page, troubles } = await opened('racks.svg', 1200, scheme);
      grounds.push(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'));
      expect(await page.evaluate('document.querySelectorAll("g.n").length')).toBe(19);
      expect(troubles).toEqual([]);
      await page.close();
    }
    expect(grounds).toEqual(['rgb(244, 246, 248)', 'rgb(14, 19, 24)']);
  });
});
