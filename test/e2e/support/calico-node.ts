import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from '../../kernel/namespace';
import type { LocalNetwork } from './network';

const PROGRAM = join(__dirname, '../../../dist/cli/main.js');

/** Names and addresses by the number of a node: its own address, its block of the pool, and its workload's. */
export const nodeName = (n: number) => `node${n}`;
export const nodeAddress = (n: number) => `10.0.0.${n}`;
export const blockOf = (n: number) => `10.65.${n}.0/26`;
export const workloadAddress = (n: number) => `10.65.${n}.2`;

/** A prefix that two nodes advertise, so that the others have a route with several next hops to it. */
export const ANYCAST = '10.65.200.0/26';
const ANYCAST_NODES: readonly number[] = [2, 3];

/**
 * What confd of Calico writes for BIRD on a node of a mesh: blocks alone are exported, routes stay in the kernel, the
 * lesser address is dialled.
 */
const birdConf = (own: number, all: readonly number[]) => `
router id ${nodeAddress(own)};
protocol static { ipv4; route ${blockOf(own)} blackhole; ${ANYCAST_NODES.includes(own) ? `route ${ANYCAST} blackhole; ` : ''}}
filter calico_export_to_bgp_peers {
  if net = ${blockOf(own)} || net = ${ANYCAST} then accept;
  if net ~ ${blockOf(own)} then reject;
  if net ~ 10.65.0.0/16 then accept;
  reject;
}
protocol kernel { learn; persist; merge paths on; scan time 2; ipv4 { import all; export all; }; }
protocol device { scan time 2; }
protocol direct { ipv4; interface -"cali*", "*"; }
template bgp bgp_template {
  local ${nodeAddress(own)} as 64512; multihop; graceful restart on;
  connect delay time 2; connect retry time 5; error wait time 5, 30;
  ipv4 { gateway recursive; import all; export filter calico_export_to_bgp_peers; add paths on; };
}
${all
  .filter((n) => n !== own)
  .map(
    (n) =>
      `protocol bgp Mesh_${nodeAddress(n).replaceAll('.', '_')} from bgp_template { neighbor ${nodeAddress(n)} as 64512; ${n > own ? 'passive on; ' : ''}}`,
  )
  .join('\n')}
`;

/** What the datastore of such a cluster holds, as kubectl prints it. */
const manifests = (all: readonly number[]) => ({
  nodes: all.map((n) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName(n), annotations: { 'projectcalico.org/IPv4Address': `${nodeAddress(n)}/24` } },
    status: { addresses: [{ type: 'InternalIP', address: nodeAddress(n) }] },
  })),
  calico: [
    { kind: 'IPPool', metadata: { name: 'pool' }, spec: { cidr: '10.65.0.0/16', blockSize: 26, natOutgoing: true } },
    ...all.map((n) => ({
      kind: 'BlockAffinity',
      metadata: { name: `${nodeName(n)}-10-65-${n}-0-26` },
      spec: { node: nodeName(n), cidr: blockOf(n), state: 'confirmed', deleted: 'false' },
    })),
    ...ANYCAST_NODES.map((n) => ({
      kind: 'BlockAffinity',
      metadata: { name: `${nodeName(n)}-anycast` },
      spec: { node: nodeName(n), cidr: ANYCAST, state: 'confirmed', deleted: 'false' },
    })),
  ].map((it) => ({ apiVersion: 'crd.projectcalico.org/v1', ...it })),
});

const list = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/**
 * A cluster with Calico, as far as its routing goes: on each machine BIRD with the configuration of confd, a workload
 * behind `cali1` with the route that Felix writes, and for an administrator `kubectl`, `ssh`, `scp` and `systemctl`
 * that do to it what the real ones do. What is kept in files of `cluster`: `backend` for the DaemonSet, `NODE.bird` and
 * `NODE.agent` with the processes.
 */
export class CalicoCluster {
  readonly workloads: readonly Namespace[];
  private readonly programs: string;
  private readonly folder: string;

  constructor(
    private readonly network: LocalNetwork,
    private readonly numbers: readonly number[],
    makeNamespace: () => Namespace,
  ) {
    this.folder = network.path('cluster');
    this.programs = network.path('programs');
    for (const folder of [this.folder, this.programs]) mkdirSync(folder);
    this.workloads = network.machines.map((machine, i) => this.workload(machine, numbers[i], makeNamespace()));
    const { nodes, calico } = manifests(numbers);
    this.keep('nodes.json', list(nodes));
    this.keep('calico.json', list(calico));
    this.keep('names', numbers.map(nodeName).join(' '));
    this.keep('backend', 'bird');
    for (const [i, n] of numbers.entries()) {
      this.keep(`${nodeName(n)}.conf`, birdConf(n, numbers));
      this.keep(`${nodeName(n)}.namespace`, network.machines[i].name);
    }
    for (const [name, text] of Object.entries(PROGRAMS)) {
      writeFileSync(join(this.programs, name), `#!/bin/sh\nC=${this.folder}\n${text}`);
      chmodSync(join(this.programs, name), 0o755);
    }
    writeFileSync(join(this.programs, 'peerform'), `#!/bin/sh\nexec ${process.execPath} ${PROGRAM} "$@"\n`);
    chmodSync(join(this.programs, 'peerform'), 0o755);
    for (const n of numbers) this.run(`kubectl -n kube-system delete pod/calico-${nodeName(n)}`);
  }

  /** Runs lines of a shell as the administrator; answers what they print, and fails with it. */
  run(lines: string, cwd = this.network.folder): string {
    return execFileSync('sh', ['-euc', lines], {
      cwd,
      encoding: 'utf8',
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${this.programs}:${process.env.PATH}` },
    });
  }

  /** How many sessions of BIRD of a node are up. */
  established(n: number): number {
    const shown = execFileSync('birdc', ['-s', join(this.folder, `${nodeName(n)}.ctl`), 'show', 'protocols']);
    return shown.toString().match(/Established/g)?.length ?? 0;
  }

  /** What is kept of the cluster. */
  kept(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8').trim();
  }

  /** Ends what it started. */
  remove(): void {
    const started = this.numbers.flatMap((n) =>
      ['bird', 'agent'].map((kind) => join(this.folder, `${nodeName(n)}.${kind}`)),
    );
    for (const file of started.filter((it) => existsSync(it)))
      spawnSync('kill', ['-KILL', readFileSync(file, 'utf8').trim()]);
    for (const workload of this.workloads) workload.remove();
  }

  private keep(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  private workload(machine: Namespace, n: number, workload: Namespace): Namespace {
    machine.ip(`link add cali1 type veth peer name eth0 netns ${workload.name}`);
    machine.ip('link set cali1 up');
    machine.ip('addr add 169.254.1.1/32 dev cali1');
    machine.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    workload.ip(`addr add ${workloadAddress(n)}/32 dev eth0`);
    workload.ip('link set eth0 up');
    workload.ip('route add 169.254.1.1 dev eth0 scope link');
    workload.ip('route add default via 169.254.1.1 dev eth0');
    machine.ip(`route add ${workloadAddress(n)} dev cali1 scope link`);
    return workload;
  }
}

/** In each, `$C` is the folder of the cluster. */
const PROGRAMS: Readonly<Record<string, string>> = {
  kubectl: `
last() { for last; do :; done; echo "$last"; }
case "$*" in
  'get nodes -o jsonpath={.items[*].metadata.name}') cat $C/names;;
  'get nodes -o yaml') cat $C/nodes.json;;
  'get bgpconfigurations.crd'*' -o yaml') cat $C/calico.json;;
  *'patch daemonset calico-node --patch-file '*) grep -q 'value: none' "$(last "$@")" && echo none > $C/backend || echo bird > $C/backend;;
  *'get pod'*'spec.nodeName='*) node=\${*#*spec.nodeName=}; echo pod/calico-\${node%% *};;
  *'exec pod/calico-'*"sv once bird bird6; sv kill bird bird6") node=\${*#*pod/calico-}; kill -KILL $(cat $C/\${node%% *}.bird);;
  *'exec pod/calico-'*'sv up bird bird6')
    node=\${*#*pod/calico-}; node=\${node%% *}
    ip netns exec $(cat $C/$node.namespace) setsid bird -R -f -c $C/$node.conf -s $C/$node.ctl </dev/null >/dev/null 2>&1 &
    echo $! > $C/$node.bird;;
  *'delete pod/calico-'*)
    node=\${*#*pod/calico-}
    [ ! -e $C/$node.bird ] || kill -KILL $(cat $C/$node.bird) 2>/dev/null || true
    rm -f $C/$node.bird
    [ "$(cat $C/backend)" = bird ] || exit 0
    ip netns exec $(cat $C/$node.namespace) setsid bird -R -f -c $C/$node.conf -s $C/$node.ctl </dev/null >/dev/null 2>&1 &
    echo $! > $C/$node.bird;;
  *'wait --for=condition=Ready pod'*)
    node=\${*#*spec.nodeName=}; node=\${node%% *}
    until [ "$(birdc -s $C/$node.ctl show protocols | grep -c Established)" = "$(($(wc -w < $C/names) - 1))" ]; do sleep 0.2; done;;
  *'patch node '*'NetworkUnavailable'*) node=\${*#*patch node }; echo False > $C/\${node%% *}.network-unavailable;;
  *) echo "kubectl $* is not known here" >&2; exit 1;;
esac`,
  ssh: `
node=\${1#*@}; shift
command=$(printf %s "$*" | sed "s#/etc/peerform/fabric.json#$C/$node.fabric.json#g")
NODE=$node exec ip netns exec $(cat $C/$node.namespace) env NODE=$node PEERFORM_ENDPOINT=unix://$C/$node.sock sh -euc "hostname() { echo $node; }; $command"`,
  scp: `
to=\${2#*@}; cp "$1" "$C/\${to%%:*}.\${to##*/}"`,
  systemctl: `
case "$1 $2" in
  'start peerform-agent')
    setsid peerform agent --node $NODE --fabric $C/$NODE.fabric.json --socket $C/$NODE.sock --state $C/$NODE.state </dev/null >$C/$NODE.log 2>&1 &
    echo $! > $C/$NODE.agent;;
  'kill --signal=KILL')
    pid=$(cat $C/$NODE.agent); kill -KILL $pid
    while grep -q '^State:.[^Z]' /proc/$pid/status 2>/dev/null; do sleep 0.05; done # nobody may reap it
    while ss -ltnH sport = :179 | grep -q .; do sleep 0.05; done # its threads may outlive it
    rm $C/$NODE.agent;;
  'stop peerform-agent') [ ! -e $C/$NODE.agent ] || exit 1;; # it would leave
  *) echo "systemctl $* is not known here" >&2; exit 1;;
esac`,
};
