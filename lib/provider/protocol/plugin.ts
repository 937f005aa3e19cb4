import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provider } from '../resource-api';
import { pem, selfSigned } from './certificate';
import { type GrpcServer, type GrpcService, grpcServer } from './grpc';
import { handshakeLine, type Invitation } from './handshake';
import { providerService } from './provider-service';

/** How long a plugin waits for its host to connect before it assumes that the host has died. */
const LONELY_MS = 60_000;

/** A running plugin. */
interface Plugin {
  /** Handshake line, which the host must read first. */
  readonly line: string;
  /** Resolves when the host is gone: its last session closed, or it never connected. */
  readonly done: Promise<void>;
  /** Shuts it down early. */
  close(): Promise<void>;
}

/** Serves a provider on a new Unix socket, with mutual TLS if requested by the host. */
export async function servePlugin(provider: Provider, invitation: Invitation): Promise<Plugin> {
  const identity = invitation.clientCertificate === undefined ? undefined : selfSigned();
  const tls = identity && {
    cert: pem(identity.certificate),
    key: identity.key.export({ type: 'pkcs8', format: 'pem' }) as string,
    ca: invitation.clientCertificate!,
  };
  const folder = mkdtempSync(join(invitation.socketFolder ?? tmpdir(), 'peerform-'));
  const socket = join(folder, 'provider.sock');
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const lonely = setTimeout(() => leave(), LONELY_MS);
  const server: GrpcServer = grpcServer(hostServices(provider), tls, (open) => {
    clearTimeout(lonely);
    if (open === 0) leave();
  });
  await server.listen(socket);
  const close = async () => {
    clearTimeout(lonely);
    await server.close();
    rmSync(folder, { recursive: true, force: true });
    leave();
  };
  return { line: handshakeLine(socket, identity?.certificate), done: left.then(close), close };
}

/** The provider's RPCs and go-plugin's: shutdown, and two streams that the host opens and this plugin does not use. */
function hostServices(provider: Provider): GrpcService {
  return new Map<string, GrpcService extends ReadonlyMap<string, infer H> ? H : never>([
    ...providerService(provider),
    ['/plugin.GRPCController/Shutdown', async () => new Uint8Array(0)], // The host closes the session next, which ends the process.
    ['/plugin.GRPCStdio/StreamStdio', 'open'],
    ['/plugin.GRPCBroker/StartStream', 'open'],
  ]);
}
