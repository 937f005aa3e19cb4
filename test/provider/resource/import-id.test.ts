import { readImportId } from '../../../lib/provider/resource/import-id';
import type { Attributes } from '../../../lib/provider/value';

const may: Attributes = {
  nodes: { type: { list: 'string' }, set: 'optional', description: 'nodes' },
  gate: {
    type: { object: { within: { type: 'number', set: 'optional', description: 'within' } } },
    set: 'optional',
    description: 'gate',
  },
};
const read = (id: string) => readImportId(id, may);

test.each([
  ['main@unix:///run/a.sock', 'unix:///run/a.sock', {}],
  ['main@ssh://root@n1', 'ssh://root@n1', {}],
  ['main@ssh://root@n1:22/run/a#1.sock', 'ssh://root@n1:22/run/a#1.sock', {}],
  ['main@unix:///a#{"nodes":["n1"]}', 'unix:///a', { nodes: ['n1'] }],
  ['main@unix:///a#1#{"gate":{"within":"30"}}', 'unix:///a#1', { gate: { within: 30 } }],
])('%s is an endpoint with settings', (id, endpoint, settings) => {
  expect(read(id)).toEqual({ name: 'main', endpoint, settings });
});

test.each([
  ['main', 'main does not name a fabric'],
  ['@unix:///a', 'does not name a fabric'],
  ['main@unix:///a#{nodes}', 'not valid JSON'],
  ['main@unix:///a#{"as_number":1}', 'as_number cannot be given at import'],
  ['main@unix:///a#{"gate":3}', 'an attribute has the wrong type'],
])('%s is refused', (id, summary) => {
  const found = read(id);
  expect(Array.isArray(found) && found[0].summary).toContain(summary);
});
