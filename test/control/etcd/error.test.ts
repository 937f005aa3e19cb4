import fc from 'fast-check';
import { EtcdError, STATUS } from '../../../lib/control/etcd/error';

const said = (text: string, code: number = STATUS.unavailable) => new EtcdError(code, text, ['e1:2379']).message;
const ssl = (what: string, number: number, pointer: string) =>
  `No connection established. Last error: ${pointer}:error:0A000412:SSL routines:ssl3_read_bytes:${what}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number ${number}\n (2026-11-30T16:21:47.571Z). Resolution note: `;
const SILENT =
  'etcd at e1:2379: etcd does not respond: check that its members run, the hosts and ports in the endpoint, and firewalls';
const last = (what: string) => `No connection established. Last error: ${what}. Resolution note: `;

describe('what etcd or gRPC says', () => {
  test.each([
    [
      ssl('sslv3 alert bad certificate', 42, '800CE3FEBA7F0000'),
      ssl('sslv3 alert bad certificate', 42, '804CA28E967F0000'),
    ],
    [last('Failed to connect (2026-11-30T16:21:47.637Z)'), last('Failed to connect (2026-11-30T16:22:00.001Z)')],
  ])('has no pointers and times: %#', (one, other) => expect(said(one)).toBe(said(other)));

  test('of a request that was not answered in time has no timings', () => {
    const why = (ms: number) =>
      said(`Deadline exceeded after ${ms / 1000}s,LB pick: 0.00${ms}s,remote_addr=e1`, STATUS.deadline);
    expect(why(500)).toBe(SILENT);
    expect(why(500)).toBe(why(501));
  });

  test('of a connection that etcd closed is about the certificate over TLS, and about TLS without', () => {
    const about = (isTls: boolean) =>
      new EtcdError(STATUS.unavailable, last('Failed to connect (2026-11-30T16:21:47.637Z)'), ['e1'], undefined, isTls)
        .message;
    expect(about(true)).toContain('it may not accept this certificate, as when it was revoked (--client-crl-file)');
    expect(about(true)).not.toContain('PLAINTEXT');
    expect(about(false)).toContain('unset PEERFORM_ETCD_PLAINTEXT');
  });

  test('of a right that is missing names who asked', () =>
    expect(new EtcdError(STATUS.denied, 'etcdserver: permission denied', ['e1:2379'], 'bob').message).toContain(
      'the user bob, which this certificate names (its CN), does not exist, or has no right to this key',
    ));

  test('of a request that found no connection in time is no failure of its name', () =>
    expect(
      said('Deadline exceeded after 5.000s,name resolution: 0.003s,metadata filters: 0.001s,Waiting for LB pick', 4),
    ).toBe(SILENT));

  test.each([
    [ssl('sslv3 alert bad certificate', 42, '80'), 'etcd does not accept this certificate: it must be'],
    [ssl('tlsv1 alert unknown ca', 48, '80'), 'etcd does not accept this certificate: it must be'],
    [ssl('tlsv13 alert certificate required', 116, '80'), 'etcd demands a client certificate'],
    [ssl('tlsv1 alert protocol version', 70, '80'), 'TLS failed: etcd reported alert 70'],
    [last('Error: unable to verify the first certificate'), 'is not of an authority in PEERFORM_ETCD_CACERT'],
    [last('Error: self-signed certificate in certificate chain'), 'is not of an authority in PEERFORM_ETCD_CACERT'],
    [last('Error: certificate has expired'), "etcd's certificate has expired"],
    [
      last(
        "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: e1. is not in the cert's altnames: DNS:e9",
      ),
      "etcd's certificate does not name the host of the endpoint (Host: e1. is not in the cert's altnames: DNS:e9)",
    ],
    [last('80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:x.c:1'), 'this etcd does not use TLS'],
    [
      last('Error: Client network socket disconnected before secure TLS connection was established'),
      'does not use TLS, or',
    ],
    [
      last('Failed to connect (2026-11-30T16:21:47.637Z)'),
      'closed the connection: if it uses TLS, unset PEERFORM_ETCD_PLAINTEXT',
    ],
    [last('Error: connect ECONNREFUSED 127.0.0.1:1'), 'etcd does not respond (ECONNREFUSED)'],
    ['Name resolution failed for target dns:e1:2379', 'its name cannot be resolved'],
    ['Channel closed before call started', 'etcd at e1:2379: the connection to it was closed'],
    ['etcdserver: corrupt cluster', 'etcd has raised the alarm CORRUPT'],
    ['etcdserver: mvcc: database space exceeded', 'etcd is full (NOSPACE)'],
    ['etcdserver: permission denied', 'or has no right to this key'],
  ])('%j', (words, meaning) => expect(said(words)).toContain(meaning));
});

describe('what gRPC says', () => {
  const CODES = [...Array(17).keys(), 99];

  test.each([
    [13, 'Received RST_STREAM with code 2 (Internal server error)', 'the connection to etcd broke off'],
    [14, 'Connection dropped', 'the connection to etcd broke off'],
    [1, 'Call cancelled', 'the request was ended before etcd responded'],
    [12, 'Received HTTP status code 404', 'what responds there is no etcd of version 3.4 or later'],
    [2, 'Received HTTP status code 418', 'etcd failed, and gave no reason'],
    [14, '14 UNAVAILABLE: ', 'etcd does not respond: check'],
    [14, 'etcdserver: server stopped', 'etcd does not respond (etcdserver: server stopped): check'],
    [9, 'rpc error: code = FailedPrecondition desc = etcdserver: not so', '(etcdserver: not so): '],
  ])('with status %d: %j', (code, words, meaning) => expect(said(words, code)).toContain(meaning));

  test.each([
    ['rpc error: code = Unavailable desc = transport is closing', 'etcd failed, and gave no reason'],
    ['rpc error: code = Unknown desc = etcdserver: not so', '(etcdserver: not so): '],
    ['etcd ended the watch', 'etcd at e1:2379: etcd ended the watch'],
  ])('without a status: %j', (words, meaning) => {
    const { message } = new EtcdError(undefined, words, ['e1:2379']);
    expect(message).toContain(meaning);
    expect(message).not.toMatch(/rpc|transport/);
  });

  test('is in no text, whatever the status', () =>
    fc.assert(
      fc.property(fc.constantFrom(...CODES), fc.string({ minLength: 1, maxLength: 40 }), (code, words) => {
        // Nothing that could be in a text by chance, and nothing that is known.
        const text = said(`rst_stream<${words}>`, code);
        expect(text).not.toContain(`<${words}>`);
        expect(text).not.toMatch(/rst_stream|grpc|http|deadline|unavailable/i);
      }),
    ));

  test.each(CODES)('with status %d is replaced by what is wrong, with which etcd, and what to do', (code) =>
    expect(said('?', code)).toMatch(/^etcd at e1:2379: .{15,}: .{10,}$/),
  );
});
