import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { DEFAULT_BFD_SOCKET } from '../../lib/agent/bfd/protocol';
import { read } from './pages';

interface Probe {
  exec: { command: string[] };
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
  terminationGracePeriodSeconds?: number;
}

const containers = parseAllDocuments(read('examples/kubernetes/peerform.yaml')).flatMap((document) => {
  const { spec } = document.toJS() as {
    spec?: { template: { spec: { containers: { name: string; livenessProbe: Probe }[] } } };
  };
  return spec?.template.spec.containers ?? [];
});
const probeOf = (wanted: string) => containers.find(({ name }) => name === wanted)!.livenessProbe;

/** Seconds after a KEEPALIVE within which a neighbour waits at least for the next, with a hold time of 90 s. */
const LEFT = 90 - 30;

test('an agent that hangs in a pod is killed before its neighbours give it up', () => {
  const probe = probeOf('agent');
  const found = probe.failureThreshold * probe.periodSeconds + probe.timeoutSeconds;
  expect(found + probe.terminationGracePeriodSeconds!).toBeLessThan(LEFT);
});

describe('the probe of BFD in a pod', () => {
  let folder: string;
  let server: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pf-probe-'));
  });
  afterEach(() => {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const socket = () => join(folder, 'bfd.sock');
  const probe = () => {
    const [, ...args] = probeOf('bfd').exec.command;
    const here = args.map((text) => text.replace(DEFAULT_BFD_SOCKET, socket()));
    expect(here).not.toEqual(args);
    return spawnSync(process.execPath, here).status;
  };
  /** Stands for the process: greets whoever connects. */
  const serve = async () => {
    const code = `require('node:net').createServer((s) => s.end('{}\\n')).listen(${JSON.stringify(socket())}, () => console.log())`;
    server = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout!, 'data');
  };

  test('passes where the process responds', async () => {
    await serve();
    expect(probe()).toBe(0);
  });

  test('fails where there is no process', () => expect(probe()).toBe(1));

  test('fails where it hangs, although the kernel still takes connections for it', async () => {
    await serve();
    server!.kill('SIGSTOP');
    expect(probe()).toBe(1);
  });
});
