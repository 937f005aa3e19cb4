import { parse } from 'yaml';
import { showData } from '../../lib/cli/output';

/** What YAML 1.1 or 1.2 would read as something else than a string, were it not quoted. */
const WORDS = [
  ...['yes', 'no', 'on', 'off', 'y', 'N', 'Off', 'true', 'null', '~', ''],
  ...['1e3', '1E3', '1e+3', '1.5', '.5', '1.', '+1', '1_000', '0b11', '0o14', '014', '08', '0x1f', '.inf', '.NaN'],
  ...['12:30:45', '1:20', '64512:10', '64512:100', '2001-01-01', '<<', '-'],
];

async function yamlOf(data: unknown): Promise<string> {
  let text = '';
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  try {
    await showData('yaml', data);
  } finally {
    spy.mockRestore();
  }
  return text;
}

describe('what is printed as YAML', () => {
  test.each(['1.1', '1.2'] as const)('has each string as a string for a reader of YAML %s', async (version) => {
    const text = await yamlOf({ values: WORDS, keys: Object.fromEntries(WORDS.map((word) => [word, 0])) });
    const read = parse(text, { version }) as { values: string[]; keys: Record<string, number> };
    expect(read.values).toEqual(WORDS);
    expect(Object.keys(read.keys).sort()).toEqual([...WORDS].sort());
  });

  test('has plain words without quotes', async () => {
    expect(await yamlOf({ name: 'node1', at: '10.0.0.0/8' })).toBe('name: node1\nat: 10.0.0.0/8\n');
  });
});
