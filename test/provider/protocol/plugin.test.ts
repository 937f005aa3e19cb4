import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { pem, selfSigned } from '../../../lib/provider/protocol/certificate';
import { grpcFrame, unframe } from '../../../lib/provider/protocol/grpc';
import { RPC } from '../../../lib/provider/protocol/messages';
import { servePlugin } from '../../../lib/provider/protocol/plugin';

const provider = { resources: {}, dataSources: {}, functions: {} };
const host = selfSigned();
let folder: string;
type Identity = ReturnType<typeof selfSigned>;

let plugin: Awaited<ReturnType<typeof servePlugin>>;
let session: http2.ClientHttp2Session | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-test-'));
});
afterEach(async () => {
  session?.destroy();
  session = undefined;
  await plugin.close();
  rmSync(folder, { recursive: true, force: true });
});

const keyOf = (identity: Identity) => identity.key.export({ type: 'pkcs8', format: 'pem' }) as string;
const serve = async (clientCertificate?: string) => {
  plugin = await servePlugin(provider, { clientCertificate, socketFolder: folder });
  const [, , , socket, , certificate] = plugin.line.trimEnd().split('|');
  return { socket, ca: pem(Buffer.from(certificate, 'base64')) };
};

/** Connects as Terraform does: to exactly the certificate of the handshake line, by the name localhost. */
function connect(place: { socket: string; ca: string }, client: Identity) {
  session = http2.connect('https://localhost', {
    createConnection: () =>
      tls.connect({
        path: place.socket,
        ca: place.ca,
        servername: 'localhost',
        cert: pem(client.certificate),
        key: keyOf(client),
        ALPNProtocols: ['h2'],
      }),
  });
  session.on('error', () => {});
  return session;
}

interface Reply {
  body: Buffer;
  status: string | undefined;
  message: string | undefined;
}
function call(to: http2.ClientHttp2Session, path: string, body = grpcFrame(new Uint8Array(0))): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const stream = to.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
    const reply: Reply = { body: Buffer.alloc(0), status: undefined, message: undefined };
    const note = (headers: http2.IncomingHttpHeaders) => {
      reply.status ??= headers['grpc-status'] as string | undefined;
      reply.message ??= headers['grpc-message'] as string | undefined;
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('data', (chunk: Buffer) => {
      reply.body = Buffer.concat([reply.body, chunk]);
    });
    stream.on('end', () => resolve(reply));
    stream.on('error', reject);
    stream.end(body);
  });
}

test('a host with its own certificate is served over mutual TLS', async () => {
  const to = connect(await serve(pem(host.certificate)), host);
  const reply = await call(to, '/tfplugin6.Provider/GetMetadata');
  expect(reply.status).toBe('0');
  expect(RPC.GetMetadata.response.decode(unframe(reply.body)!).serverCapabilities?.schemaOptional).toBe(true);
});

test('a stranger with a certificate of his own gets nothing', async () => {
  const to = connect(await serve(pem(host.certificate)), selfSigned());
  const reply = await call(to, '/tfplugin6.Provider/GetMetadata').catch(() => 'refused');
  // The refusal may come as an error or as the end of the session, as TLS has it; an answer never comes.
  expect(reply === 'refused' || (reply as Reply).status === undefined).toBe(true);
});

test('a host that asks for no TLS is served without', async () => {
  const { socket } = await serve();
  session = http2.connect('http://localhost', { createConnection: () => net.connect(socket) });
  expect((await call(session, '/tfplugin6.Provider/StopProvider')).status).toBe('0');
});

test('a call that is not known is answered UNIMPLEMENTED, and the session lives on', async () => {
  const to = connect(await serve(pem(host.certificate)), host);
  expect(await call(to, '/tfplugin6.Provider/MoveResourceState')).toMatchObject({ status: '12' });
  expect(await call(to, '/tfplugin6.Provider/StopProvider')).toMatchObject({ status: '0' });
});

test('a body that is no message is refused, and one that is no such message too', async () => {
  const to = connect(await serve(pem(host.certificate)), host);
  expect(await call(to, '/tfplugin6.Provider/GetMetadata', Buffer.from('abc'))).toMatchObject({ status: '3' });
  const broken = await call(to, '/tfplugin6.Provider/ReadResource', grpcFrame(Uint8Array.of(0x0a, 0x7f)));
  expect(broken).toMatchObject({ status: '13', message: 'the message is truncated' });
});

test('it is done, and its socket gone, when the last session closes after the shutdown', async () => {
  const place = await serve(pem(host.certificate));
  const to = connect(place, host);
  expect((await call(to, '/plugin.GRPCController/Shutdown')).status).toBe('0');
  expect(existsSync(place.socket)).toBe(true);
  to.close();
  await plugin.done;
  expect(readdirSync(folder)).toEqual([]);
});
