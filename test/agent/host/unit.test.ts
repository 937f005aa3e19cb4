import { CONFINED, unitText } from '../../../lib/agent/host/unit';

test('a unit has its sections in order, each line with its reason above it', () => {
  const text = unitText({
    Unit: [['Description', 'x']],
    Service: [
      ['User', 'p', 'it needs no more'],
      ['Nice', 5],
    ],
  });
  expect(text).toBe('[Unit]\nDescription=x\n\n[Service]\n# it needs no more\nUser=p\nNice=5\n');
});

test('what confines a service says each thing once', () => {
  const keys = CONFINED.map(([key]) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(unitText({ Service: CONFINED })).not.toMatch(/[^\x20-\x7e\n]/);
});
