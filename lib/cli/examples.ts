import type { Command } from 'commander';
import { commandWords } from './tree';

/** Examples by command, for its help and docs/commands.md. A test requires some for every command. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  agent: [
    'peerform agent --node node1',
    'peerform agent --node node1 --fabric fabric.json --metrics [::1]:9179   # no Terraform',
    'peerform agent --node node1 --etcd etcd://e1:2379,e2:2379/lab   # deploys come through etcd, too',
  ],
  bfd: ['peerform bfd', 'peerform bfd --socket /run/node1/bfd.sock   # with peerform agent --bfd-socket'],
  'fleet init': ['peerform fleet init etcd://e1:2379,e2:2379/lab node1 node2   # with the certificate of root'],
  'fleet status': ['peerform fleet status etcd://e1:2379,e2:2379/lab'],
  'fleet prune': ['peerform fleet prune etcd://e1:2379,e2:2379/lab'],
  'agent dial': ['ssh node1 peerform agent dial   # what an endpoint ssh://node1 runs'],
  'agent install': [
    'peerform agent install --node node1 && systemctl start peerform-agent',
    'peerform agent install --root /srv/image',
  ],
  'agent uninstall': ['peerform agent uninstall', 'peerform agent uninstall --purge'],
  'agent cleanup': [
    'peerform agent cleanup   # after the agent has been removed',
    'peerform agent cleanup --state /srv/peerform   # of an agent that ran with that --state',
  ],
  status: [
    'peerform status',
    'peerform status --check   # for a probe: the exit code says whether anything is amiss',
    'peerform status -o json --via ssh://deploy@node1',
    'peerform status --lab network   # what peerform lab up started',
  ],
  watch: ['peerform watch', 'peerform watch --history --via ssh://deploy@node1'],
  ui: [
    'peerform ui --lab network   # what peerform lab up started',
    'peerform ui --via ssh://deploy@node1',
    'peerform ui --no-open --port 8179   # on a server, with ssh -L 8179:127.0.0.1:8179 from the desk',
  ],
  init: ['peerform init network', 'peerform init network --hcl   # plain Terraform'],
  impact: [
    'peerform impact cdktf.out/stacks/main/cdk.tf.json --via ssh://root@node1',
    'terraform show -json PLAN | peerform impact - -o markdown',
    'peerform impact main.tf.json branch.tf.json -o markdown   # for a pull request',
    'peerform impact before.json after.json --wave node1 node2,node3',
  ],
  report: [
    'peerform report main.tf.json branch.tf.json --html report.html',
    'terraform show -json PLAN | peerform report - --html report.html --markdown > comment.md',
    'peerform report cdktf.out/stacks/main/cdk.tf.json --via ssh://root@node1 --svg network.svg',
    'peerform report --observed --via ssh://root@node1   # after the deploy: exits with 1 unless it went as predicted',
  ],
  get: [
    'peerform get nodes -o wide --via ssh://deploy@node1',
    'peerform get bgppeers --scope=global',
    'peerform get peer 192.0.2.1 -o yaml',
    'peerform get bgppeer 192.0.2.1 -o yaml   # in the shape of Calico',
    'peerform get fabric -o json > fabric.json   # a file that peerform agent --fabric runs',
  ],
  'config get': ['peerform config get asNumber', 'peerform config get nodeToNodeMesh'],
  'node status': ['peerform node status', 'peerform node status --node node2 --via ssh://deploy@node1'],
  sessions: ['peerform sessions --node node1', 'peerform sessions --node node1 --explain'],
  why: [
    'peerform why node1 203.0.113.0/24',
    'peerform why node1 192.0.2.2',
    'peerform why node1 tor -o json --via ssh://deploy@node2',
  ],
  routes: [
    'peerform routes',
    'peerform routes 10.0.0.0/8 --longer --node node2',
    'peerform routes 10.65.0.2 -o json',
    'peerform routes --node node1 --neighbour 192.0.2.2 --received',
    'peerform routes 10.65.0.0/24 --node node1 --neighbour tor --advertised   # sent or not, and why',
  ],
  drain: [
    'peerform drain node1',
    'peerform drain node1 --via ssh://deploy@node2',
    'peerform drain node1 --lab network',
  ],
  rollback: ['peerform rollback --reason "the canary drops packets"', 'peerform rollback --via ssh://deploy@node1'],
  gate: [
    'peerform gate --within 120 -- ./probe.sh   # in a local-exec between two waves; PEERFORM_RELEASE and PEERFORM_ACTIVATION say what is on trial',
  ],
  undrain: ['peerform undrain node1'],
  reset: ['peerform reset 192.0.2.2', 'peerform reset 192.0.2.2 --node node2 --via ssh://deploy@node1'],
  'fib check': ['peerform fib check', 'peerform fib check -o json --via ssh://deploy@node1'],
  'lab up': [
    'peerform lab up',
    'peerform lab up --fabric fabric.json --idle',
    'peerform lab up --fabric fabric.json --idle --etcd   # deploys go through an etcd of the lab',
    'peerform lab up --fabric plan.json --outside frr   # plan.json: what terraform show -json prints',
  ],
  'lab down': ['peerform lab down'],
  'lab exec': ['peerform lab exec node1 -- ip route', 'peerform lab exec w-node1 -- ping -c1 10.65.0.2'],
  'lab status': ['peerform lab status', 'peerform lab status -o json'],
  'provider install': ['peerform provider install', 'peerform provider install infrastructure/network'],
  'import calico': [
    'peerform import calico manifests.yaml --out topology.ts',
    'calicoctl get bgpPeers -o yaml | peerform import calico - --format json',
    'peerform import calico v1.yaml --config asNumber=$(calicoctl config get asNumber) --config nodeToNodeMesh=$(calicoctl config get nodeToNodeMesh)',
  ],
  reference: ['peerform reference > docs/reference.md', 'peerform reference --folder docs'],
  replay: ['peerform replay recording'],
  'debug decode': [`echo '{"hex": "ffffffffffffffffffffffffffffffff001304"}' | peerform debug decode`],
  'debug best-path': ['peerform debug best-path < paths.jsonl'],
  'debug prefix-match': ['peerform debug prefix-match < prefixes.jsonl'],
  'debug selector': [`echo '{"selector": "rack == \\'a\\'", "labels": {"rack": "a"}}' | peerform debug selector`],
  'debug calico': ['peerform debug calico < manifests.jsonl'],
  'debug netlink': ['peerform debug netlink < messages.jsonl'],
  completion: [
    'peerform completion bash > /etc/bash_completion.d/peerform',
    'source <(peerform completion zsh)',
    'peerform completion fish > ~/.config/fish/completions/peerform.fish',
  ],
  create: ['peerform create -f peer.yaml   # exits with 9'],
  apply: ['peerform apply -f peer.yaml   # exits with 9'],
  replace: ['peerform replace -f peer.yaml   # exits with 9'],
  patch: ['peerform patch node node1   # exits with 9'],
  delete: ['peerform delete bgppeer 192.0.2.1 --scope=global   # exits with 9, names the peer and its construct'],
  label: ['peerform label node node1 rack=a   # exits with 9'],
  'config set': [
    'peerform config set nodeToNodeMesh off   # exits with 9, names the setting, the line of code and who deployed it',
  ],
  'config unset': ['peerform config unset logLevel   # exits with 9'],
};

/** Examples of a command. */
export const examplesOf = (command: Command): readonly string[] => EXAMPLES[commandWords(command)] ?? [];
