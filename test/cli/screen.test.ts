import { screenOf } from '../../lib/cli/screen';

const terminal = { isTTY: true, columns: 80 };

test.each<[string, Parameters<typeof screenOf>, object]>([
  ['a terminal', [terminal, { TERM: 'xterm' }], { columns: 80, hasColour: true }],
  ['a pipe', [{}, { TERM: 'xterm' }], { hasColour: false }],
  ['a terminal that does not say how wide it is', [{ isTTY: true, columns: 0 }, {}], { hasColour: true }],
  ['one that is hardly one', [{ isTTY: true, columns: 3 }, {}], { columns: 40, hasColour: true }],
  ['a terminal with NO_COLOR', [terminal, { NO_COLOR: '1' }], { columns: 80, hasColour: false }],
  ['a terminal with an empty NO_COLOR', [terminal, { NO_COLOR: '' }], { columns: 80, hasColour: true }],
  ['a dumb terminal', [terminal, { TERM: 'dumb' }], { columns: 80, hasColour: false }],
  ['a pipe with FORCE_COLOR', [{}, { FORCE_COLOR: '1' }], { hasColour: true }],
  ['a pipe with FORCE_COLOR and NO_COLOR', [{}, { FORCE_COLOR: '', NO_COLOR: '1' }], { hasColour: true }],
  ['a terminal with FORCE_COLOR=0', [terminal, { FORCE_COLOR: '0' }], { columns: 80, hasColour: false }],
])('%s is a screen', (_, [stream, env], screen) => {
  expect(screenOf(stream, env)).toEqual(screen);
});
