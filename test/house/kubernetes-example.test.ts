import { dirname } from 'node:path';
import type { Command } from 'commander';
import { parseAllDocuments } from 'yaml';
import { DEFAULT_BFD_SOCKET } from '../../lib/agent/bfd/protocol';
import { LEAVE_WITHIN } from '../../lib/agent/drain-wait';
import { SERVICE_FILES, serviceUnit } from '../../lib/agent/host/service-unit';
import { programOf } from '../../lib/cli/program';
import { DEFAULT_SOCKET } from '../../lib/model/endpoint';
import { read } from './pages';

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { name: string; valueFrom: { fieldRef: { fieldPath: string } } }[];
  readonly livenessProbe?: { exec: { command: readonly string[] } };
  readonly securityContext: { capabilities: { drop: readonly string[]; add?: readonly string[] } };
  readonly volumeMounts: readonly { name: string; mountPath: string }[];
}
interface DaemonSet {
  readonly kind: string;
  readonly metadata: { name: string; namespace: string };
  readonly spec: {
    selector: { matchLabels: object };
    updateStrategy: { type: string };
    template: {
      metadata: { labels: object };
      spec: {
        hostNetwork: boolean;
        terminationGracePeriodSeconds?: number;
        containers: readonly Container[];
        volumes: readonly { name: string; hostPath?: { path: string } }[];
      };
    };
  };
}

const objects = parseAllDocuments(read('examples/kubernetes/peerform.yaml')).map((one) => one.toJS() as DaemonSet);
const sets = objects.filter(({ kind }) => kind === 'DaemonSet');
const [agent, bfd] = sets.map(({ spec }) => spec.template.spec);
const entrypoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(read('packaging/Containerfile'))![1]) as string[];

describe('the manifests for Kubernetes', () => {
  test('run the agent and BFD in sets of their own, whose pods are replaced by hand', () => {
    expect(sets.map(({ metadata }) => metadata.name)).toEqual(['peerform-agent', 'peerform-bfd']);
    for (const { metadata, spec } of sets) {
      expect(metadata.namespace).toBe('peerform');
      expect(spec.updateStrategy).toEqual({ type: 'OnDelete' });
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
      expect(spec.template.spec.hostNetwork).toBe(true);
    }
  });

  test('give the agent the capabilities of its systemd unit, and BFD none', () => {
    const [, unit] = /^CapabilityBoundingSet=(.*)$/m.exec(serviceUnit('/usr/bin/peerform'))!;
    const { capabilities } = agent.containers[0].securityContext;
    expect(capabilities).toEqual({ drop: ['ALL'], add: unit.split(' ').map((name) => name.replace('CAP_', '')) });
    expect(bfd.containers[0].securityContext.capabilities).toEqual({ drop: ['ALL'] });
  });

  test('keep state and sockets on the machine, where every command looks for them', () => {
    const places = ({ containers: [{ volumeMounts }], volumes }: typeof agent) =>
      volumeMounts.map(({ name, mountPath }) => [mountPath, volumes.find((one) => one.name === name)?.hostPath?.path]);
    const state = [SERVICE_FILES.state, dirname(DEFAULT_SOCKET), dirname(DEFAULT_BFD_SOCKET)];
    expect(places(agent)).toEqual([...state.map((path) => [path, path]), ['/tmp', undefined]]);
    expect(places(bfd)).toEqual([
      [state[2], state[2]],
      ['/tmp', undefined],
    ]);
  });

  test('leave the agent the time that it takes to leave', () =>
    expect(agent.terminationGracePeriodSeconds).toBeGreaterThan(LEAVE_WITHIN));

  test('name the node as the cluster does, by the variable that the agent reads', async () => {
    const { env } = agent.containers[0];
    expect(env).toEqual([{ name: 'PEERFORM_NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }]);
    const command = (await programOf()).commands.find((one) => one.name() === 'agent')!;
    expect(command.options.map(({ envVar }) => envVar)).toContain('PEERFORM_NODE');
  });

  test('run commands and options that there are', async () => {
    const program = await programOf();
    const all = sets.flatMap(({ spec }) =>
      spec.template.spec.containers.flatMap(({ command = entrypoint, args, livenessProbe }) => [
        [...command, ...args],
        ...(livenessProbe ? [livenessProbe.exec.command] : []),
      ]),
    );
    // The probe of the BFD process is a program of its own, which kubernetes.test.ts runs.
    const lines = all.filter(([path]) => path !== '/usr/bin/node');
    expect([all.length, lines.length]).toEqual([4, 3]);
    for (const [path, ...words] of lines) {
      expect(path).toBe('/usr/bin/peerform');
      const option = words.findIndex((word) => word.startsWith('-'));
      const names = option < 0 ? words : words.slice(0, option);
      let command: Command | undefined = program;
      for (const name of names) command = command?.commands.find((one) => one.name() === name);
      expect([names, command?.name()]).toEqual([names, names.at(-1)]);
      for (const word of words.filter((one) => one.startsWith('--')))
        expect([word, command!.options.map(({ long }) => long)]).toEqual([word, expect.arrayContaining([word])]);
    }
  });
});
