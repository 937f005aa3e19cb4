import { fromJson, toJson } from '../../../lib/bgp/json';
import { headerLine, readHeader, readStep, stepLine } from '../../../lib/bgp/recording';
import type { Input } from '../../../lib/bgp/speaker';
import { IpAddress } from '../../../lib/model/address';
import type { Json } from '../../../lib/model/canonical';
import { Problem, sure } from '../../../lib/model/problem';
import { mix } from '../digest';
import { mutateJson } from '../mutation/json';
import { mutateOften } from '../mutation/octets';
import { same } from '../oracle';
import { prefix } from '../seeds';
import { reasonNumber, type Target } from '../target';
import { sessionTo } from './speaker';

const address = sure(IpAddress.parse('2001:db8::1'));
const INPUTS: readonly Input[] = [
  {
    kind: 'configure',
    routing: { routerId: 1, multipath: 2 },
    sessions: [sessionTo(1), sessionTo(2, { role: 'peer' })],
  },
  { kind: 'accepted', connection: 1, local: '10.0.0.1', remote: '10.0.0.2' },
  { kind: 'bytes', connection: 1, bytes: Uint8Array.of(255, 0, 1) },
  { kind: 'originate', prefix: prefix('10.0.0.0/8'), attributes: { med: 4, communities: [1] } },
  { kind: 'nextHops', changes: [{ address, state: { reachable: true, metric: Number.POSITIVE_INFINITY } }] },
  { kind: 'stop', text: 'bye' },
];

/** Without what it quotes. */
const reasonOf = ({ message }: Problem): string => message.replace(/(JSON: ).*|".*"/s, '$1');

const target: Target = {
  name: 'recording',
  about: 'a line of a recording for `peerform replay`',
  share: 2,
  seeds: () =>
    [
      headerLine({ seed: 1, restartingFor: 120 }),
      ...INPUTS.map((input, at) =>
        stepLine({
          at,
          input,
          effects: [
            { kind: 'timer', at },
            { kind: 'routes', changes: [], more: false },
          ],
        }),
      ),
    ].map((line) => Buffer.from(line)),
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateJson(bytes, other, dice)),
  run(input, note) {
    const line = Buffer.from(input).toString('utf8');
    const header = readHeader(line);
    const step = readStep(line);
    if (header instanceof Problem) note(reasonNumber(reasonOf(header)));
    else same(readHeader(headerLine(header)), header, 'a header written and read');
    if (step instanceof Problem) note(reasonNumber(reasonOf(step)));
    else {
      note(mix(step.input.kind.length, Object.keys(step.input).length * 2));
      const plain: Json = toJson(step.input);
      same(fromJson(JSON.parse(JSON.stringify(plain))), step.input, 'an input written and read');
    }
  },
};

export const RECORDING_TARGETS: readonly Target[] = [target];
