import { PassThrough, Writable } from 'node:stream';
import fc from 'fast-check';
import { decodeLine } from '../../lib/cli/debug/decode';
import { driveLines } from '../../lib/cli/debug/lines';

const MARKER = 'ff'.repeat(16);
const bytesToHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const message = (type: number, body: string) => {
  const bare = body.replace(/ /g, '');
  return `${MARKER}${(19 + bare.length / 2).toString(16).padStart(4, '0')}0${type}${bare}`;
};
const update = (attributes: string, nlri: string) => {
  const bare = attributes.replace(/ /g, '');
  return message(2, `0000${(bare.length / 2).toString(16).padStart(4, '0')}${bare}${nlri}`);
};
const GOOD = '40010100 40020a 0202 0000fde9 0000fdea 400304c0000201';

describe('peerform debug decode', () => {
  test('tells an UPDATE and writes it again', () => {
    const clean = update(`${GOOD} 80040400000005 c00808 ffffff01 fde90001`, '180a0100');
    expect(decodeLine({ hex: clean })).toEqual({
      type: 'update',
      verdict: 'accept',
      announced: [{ prefix: '10.1.0.0/24', nextHop: '192.0.2.1' }],
      attributes: {
        origin: 'igp',
        asPath: '65001 65002',
        nextHop: '192.0.2.1',
        med: 5,
        communities: ['65535:65281', '65001:1'],
      },
      reencoded: clean,
    });
  });

  test('writes AS_PATH segments in order, each in its brackets', () => {
    const path = '0201 0000fde9 0102 00000001 00000002 0301 00000003 0402 00000004 00000005';
    const answer = decodeLine({ hex: `400220${path.replace(/ /g, '')}`, what: 'attributes', session: 'ibgp' });
    expect(answer).toMatchObject({ attributes: { asPath: '65001 {1,2} (3) [4,5]' } });
  });

  test('merges AS4_PATH where AS numbers have two octets', () => {
    const hex = '400206 0202 fde9 5ba0 c01106 0201 00011170'.replace(/ /g, '');
    expect(decodeLine({ hex, what: 'attributes', as4: false })).toMatchObject({
      ...{ verdict: 'accept', attributes: { asPath: '65001 70000' }, reencoded: hex },
    });
  });

  test('names route targets and leaves other extended communities as octets', () => {
    const hex = 'c01018 0002fde900000001 0202000111700002 430000000000 0001'.replace(/ /g, '');
    expect(decodeLine({ hex, what: 'attributes' })).toMatchObject({
      attributes: { extendedCommunities: ['rt:65001:1', 'rt:70000:2', '4300000000000001'] },
      reencoded: hex,
    });
  });

  test('tells a family that nobody here knows as opaque', () => {
    const hex = update('40010100 400200 800e0c 001946 04c0000201 00010203'.replace(/ /g, ''), '');
    expect(decodeLine({ hex })).toMatchObject({
      ...{ verdict: 'accept', opaque: [{ afi: 25, safi: 70, reach: '010203' }], reencoded: hex },
    });
  });

  test('answers every verdict', () => {
    expect(decodeLine({ hex: update(GOOD.replace('40010100', '40010103'), '080a') })).toMatchObject({
      verdict: 'treat-as-withdraw',
    });
    expect(decodeLine({ hex: update(`${GOOD} 40060100`, '080a') })).toMatchObject({ discarded: [6] });
    expect(decodeLine({ hex: update(GOOD, '21') })).toMatchObject({ verdict: 'session-reset', notification: [3, 10] });
  });

  test('tells the other messages', () => {
    const open = message(1, '04fa7b00f07f000002 08 0206 4104 0000fa7b');
    expect(decodeLine({ hex: open })).toEqual({
      type: 'open',
      verdict: 'accept',
      open: {
        ...{ version: 4, as: 64123, holdTime: 240, routerId: '127.0.0.2' },
        capabilities: [{ code: 65, hex: '0000fa7b' }],
      },
      reencoded: open,
    });
    expect(decodeLine({ hex: message(3, '0602') })).toMatchObject({ type: 'notification', errorCode: 6 });
    expect(decodeLine({ hex: message(4, '') })).toEqual({
      type: 'keepalive',
      verdict: 'accept',
      reencoded: message(4, ''),
    });
    const refresh = message(5, '00020001');
    expect(decodeLine({ hex: refresh })).toMatchObject({ type: 'route-refresh', afi: 2, reencoded: refresh });
  });

  test('octets that are no message get a verdict, and the type where the header can be read', () => {
    expect(decodeLine({ hex: '' })).toMatchObject({ verdict: 'session-reset', notification: [1, 2] });
    expect(decodeLine({ hex: `${'00'.repeat(16)}001304` })).toMatchObject({ type: 'keepalive', notification: [1, 1] });
    expect(decodeLine({ hex: `${message(4, '')}00` })).toMatchObject({ type: 'keepalive', notification: [1, 2] });
  });

  test.each([
    ['no object', [1]],
    ['no hex', {}],
    ['an odd number of digits', { hex: 'f' }],
    ['no digits', { hex: 'xy' }],
    ['another kind of thing', { hex: '', what: 'capability' }],
    ['another kind of session', { hex: '', session: 'oad' }],
    ['families that are no list', { hex: '', families: 'ipv4 unicast' }],
    ['a switch that is neither on nor off', { hex: '', as4: 'yes' }],
  ])('%s is a bad line', (_, input) => {
    expect(decodeLine(input)).toMatchObject({ error: { code: 'input' } });
  });

  test('no octets make it fail, and there is always a verdict', () => {
    const body = fc.uint8Array({ maxLength: 80 });
    const octets = fc.oneof(
      body.map(bytesToHex),
      fc.tuple(fc.integer({ min: 0, max: 6 }), body).map(([type, bytes]) => message(type, bytesToHex(bytes))),
    );
    const settings = fc.record(
      {
        what: fc.constantFrom('message', 'attributes'),
        session: fc.constantFrom('ebgp', 'ibgp'),
        as4: fc.boolean(),
        addPath: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(octets, settings, (hex, given) => {
        expect(decodeLine({ hex, ...given })).toHaveProperty('verdict');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the driver of line tools', () => {
  const drive = async (text: string, tool: (input: unknown) => unknown, highWaterMark = 16384) => {
    const written: string[] = [];
    const output = new Writable({
      highWaterMark,
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        setImmediate(done);
      },
    });
    const input = new PassThrough();
    input.end(text);
    await driveLines(tool, input, output);
    output.end();
    await new Promise((resolve) => output.on('finish', resolve));
    return written.join('');
  };

  test('answers each line in order, also where the output is slow', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => i);
    const said = await drive(lines.map((line) => `${line}\n`).join(''), (input) => ({ input }), 10);
    expect(said).toBe(lines.map((input) => `${JSON.stringify({ input })}\n`).join(''));
  });

  test('a line that is no JSON, and a tool that fails, are answers too', async () => {
    const said = await drive('{\n\n1\n2', (input) => {
      if (input === 1) throw new Error('one');
      return input;
    });
    const answers = said
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers).toEqual([
      { error: { code: 'json', message: expect.any(String) } },
      { error: { code: 'internal', message: 'one' } },
      2,
    ]);
  });

  test('ends where nobody reads on', async () => {
    const output = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const input = new PassThrough();
    input.end('1\n2\n3\n');
    await expect(driveLines((value) => value, input, output)).resolves.toBeUndefined();
  });
});
