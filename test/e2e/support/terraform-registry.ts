import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pem, selfSigned } from '../../../lib/provider/protocol/certificate';

/**
 * A registry of one provider, over https, from what a release has for it: the provider registry protocol as Terraform
 * documents it. `settings` are the environment in which Terraform asks it for what registry.terraform.io has.
 */
export class TerraformRegistry {
  readonly asked: string[] = [];
  private server!: Server;
  private readonly scratch = mkdtempSync(join(tmpdir(), 'peerform-registry-'));

  private constructor(
    /** Zips, checksums, signature, manifest and key. */
    private readonly folder: string,
    private readonly source: string,
    private readonly version: string,
    private readonly signingKey: string,
  ) {}

  static async start(folder: string, source: string, version: string, signingKey: string): Promise<TerraformRegistry> {
    const registry = new TerraformRegistry(folder, source, version, signingKey);
    const identity = selfSigned();
    const cert = pem(identity.certificate);
    writeFileSync(join(registry.scratch, 'ca.pem'), cert);
    const key = identity.key.export({ type: 'pkcs8', format: 'pem' });
    registry.server = createServer({ cert, key }, (request, response) => registry.respond(request, response));
    await new Promise<void>((resolve) => registry.server.listen(0, 'localhost', resolve));
    const services = { 'providers.v1': `${registry.url}/v1/providers/` };
    const host = Object.entries(services).map(
      ([name, url]) => `    ${JSON.stringify(name)} = ${JSON.stringify(url)}\n`,
    );
    writeFileSync(
      join(registry.scratch, 'terraformrc'),
      `host "registry.terraform.io" {\n  services = {\n${host.join('')}  }\n}\n`,
    );
    return registry;
  }

  get settings(): Record<string, string> {
    return { SSL_CERT_FILE: join(this.scratch, 'ca.pem'), TF_CLI_CONFIG_FILE: join(this.scratch, 'terraformrc') };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.scratch, { recursive: true });
  }

  private get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  private respond({ url = '' }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(url);
    const json = (value: unknown) =>
      void response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    const own = `/v1/providers/${this.source}`;
    const platform = new RegExp(`^${own}/${this.version}/download/([a-z]+)/([a-z0-9]+)$`).exec(url);
    const file = /^\/files\/([\w.-]+)$/.exec(url);
    if (url === `${own}/versions`)
      json({ versions: [{ version: this.version, protocols: this.protocols(), platforms: this.platforms() }] });
    else if (platform) json(this.download(platform[1], platform[2]));
    else if (file) response.end(readFileSync(join(this.folder, file[1])));
    else response.writeHead(404).end();
  }

  /** As the manifest says; a registry reads it from there. */
  private protocols(): string[] {
    return JSON.parse(readFileSync(join(this.folder, this.name('manifest.json')), 'utf8')).metadata.protocol_versions;
  }

  private platforms(): { os: string; arch: string }[] {
    return readdirSync(this.folder).flatMap((name) => {
      const [, os, arch] = /_([a-z]+)_([a-z0-9]+)\.zip$/.exec(name) ?? [];
      return os ? [{ os, arch }] : [];
    });
  }

  private download(os: string, arch: string): object {
    const filename = this.name(`${os}_${arch}.zip`);
    const files = (name: string) => `${this.url}/files/${name}`;
    return {
      ...{ protocols: this.protocols(), os, arch, filename },
      download_url: files(filename),
      shasums_url: files(this.name('SHA256SUMS')),
      shasums_signature_url: files(this.name('SHA256SUMS.sig')),
      shasum: createHash('sha256')
        .update(readFileSync(join(this.folder, filename)))
        .digest('hex'),
      signing_keys: { gpg_public_keys: [{ key_id: 'test', ascii_armor: this.signingKey }] },
    };
  }

  private name(part: string): string {
    return `terraform-provider-${this.source.split('/')[1]}_${this.version}_${part}`;
  }
}
