/**
 * Test files that `npm test` leaves to CI, as what they try takes long: by folder and name below test/, each with the
 * tests that guard the same promise in `npm test`, as units where no other end-to-end test does.
 */
module.exports = {
  'e2e/agent-neighbours': ['bgp/session/collision', 'bgp/session/graceful-restart', 'e2e/planned-stop'],
  'e2e/bfd': ['e2e/bfd-failover', 'bfd/session'],
  'e2e/bfd-cells': ['e2e/bfd-failover', 'bfd/session'],
  'e2e/bfd-leaves': ['agent/bfd/parting', 'agent/bfd/process', 'e2e/planned-stop'],
  'e2e/bfd-load': ['e2e/bfd-process'],
  'e2e/etcd-failures': ['e2e/etcd-client', 'e2e/agent-fleet'],
  'e2e/hcl-module': ['e2e/installed-package', 'cli/init'],
  'e2e/interop/gobgp': ['e2e/interop/bird', 'e2e/interop/frr', 'e2e/interop/openbgpd'],
  'e2e/lab-grows': ['lab/plan', 'e2e/lab-etcd'],
  'e2e/lab-outside': ['e2e/lab', 'e2e/lab-links'],
  'e2e/lab-start': ['e2e/lab', 'e2e/cdktf'],
  'e2e/last-error': ['agent/network/troubles', 'agent/network/present-faults', 'e2e/why'],
  'e2e/many-next-hops': ['kernel/fib/state/many-next-hops', 'e2e/kernel-next-hops'],
  'e2e/next-hops-agent': ['e2e/own-next-hop', 'e2e/kernel-next-hops'],
  'e2e/next-hops-frr': ['e2e/own-next-hop', 'e2e/kernel-next-hops'],
  'e2e/other-provider': ['constructs/installation', 'constructs/null', 'e2e/terraform-install'],
  'e2e/replays/replays': ['provider/sequences/sequences', 'e2e/agent-transaction'],
  'e2e/terraform-agents': ['e2e/cdktf', 'provider/resource/deployed', 'provider/resource/fabric'],
  'e2e/terraform-bfd': ['bgp/session/change', 'provider/resource/fabric', 'e2e/bfd-failover'],
  'e2e/terraform-edition': ['e2e/released-state'],
  'e2e/terraform-etcd': ['e2e/agent-fleet', 'e2e/lab-etcd'],
  'e2e/terraform-forms': ['e2e/hcl-example', 'e2e/released-state'],
  'e2e/terraform-gate': ['constructs/rollout', 'control/undo', 'e2e/cdktf'],
  'e2e/terraform-never-stuck': ['provider/sequences/sequences', 'e2e/transaction/crashes'],
  'e2e/terraform-outside-routes': ['provider/resource/fabric', 'preview/route-changes'],
  'e2e/terraform-rollout': ['provider/sequences/sequences', 'e2e/cdktf'],
  'e2e/transaction/changes': ['bgp/session/change', 'node/change', 'e2e/agent-transaction'],
  'e2e/transaction/etcd-kills': ['e2e/transaction/crashes', 'e2e/agent-fleet'],
  'e2e/transaction/failures': ['e2e/transaction/crashes', 'provider/sequences/sequences'],
  'e2e/transaction/mistakes': ['e2e/terraform-outside', 'e2e/cdktf'],
  'e2e/unnumbered': ['e2e/bgp-to-the-host-unnumbered', 'nd/discovery'],
  'e2e/why-far': ['e2e/why'],
  'machine/ansible': ['machine/service'], // of what the role installs; the role itself is run by nothing else
};
