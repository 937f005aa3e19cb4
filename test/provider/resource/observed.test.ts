import { packJson } from '../../../lib/control/packed';
import { readFabric } from '../../../lib/model/read';
import { predictionOf } from '../../../lib/preview/observed/prediction';
import { observe } from '../../../lib/provider/resource/observed';

const { fabric } = readFabric({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' } } });

test('an agent whose record nobody understands does not make a deploy fail that is over', async () => {
  const record = { version: 1, activation: 2, kind: 'deploy', node: 'n1', steps: {} };
  const fleet = {
    nodes: ['n1'],
    predicted: () => Promise.resolve(packJson(predictionOf(fabric, fabric!, { about: '' }))),
    observed: () => Promise.resolve({ observations: new Map([['n1', [record]]]), silent: new Map() }),
  };
  const outcome = await observe(fleet as unknown as Parameters<typeof observe>[0], 2, new AbortController().signal);
  expect(outcome).toEqual({
    line: expect.stringMatching(/^not observed: what the nodes recorded could not be compared \(.*\); peerform report/),
    diagnostics: [],
  });
});
