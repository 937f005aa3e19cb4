import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePage } from '../../lib/model/reference';

test('docs/reference.md is what the schema says (peerform reference > docs/reference.md)', () => {
  expect(readFileSync(join(__dirname, '../../docs/reference.md'), 'utf8')).toBe(referencePage());
});
