import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programOf } from '../../lib/cli/program';

const ROOT = join(__dirname, '../..');
const text = readFileSync(join(ROOT, 'packaging/Containerfile'), 'utf8');
const instructions = text
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)] as const);
const of = (name: string) => instructions.filter(([instruction]) => instruction === name).map(([, rest]) => rest);

describe('the container file', () => {
  test('is made of instructions that there are', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'VOLUME', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT'];
    expect(instructions.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([]);
  });

  test('copies what there is', () => {
    const sources = of('COPY')
      .filter((rest) => !rest.startsWith('--from'))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  });

  test('runs commands that there are', async () => {
    const program = await programOf();
    const lists = [...of('ENTRYPOINT'), ...of('HEALTHCHECK').map((rest) => rest.slice(rest.indexOf('[')))];
    for (const list of lists) {
      const [, ...words] = JSON.parse(list) as string[];
      let command = program;
      for (const word of words) command = command.commands.find((one) => one.name() === word)!;
      expect([list, command?.name()]).toEqual([list, words.at(-1)]);
    }
  });

  test('names a program of npm that there is', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const rest of of('RUN').filter((line) => line.startsWith('npm run')))
      expect(Object.keys(scripts)).toContain(rest.split(' ')[2]);
  });
});
