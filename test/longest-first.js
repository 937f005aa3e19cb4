const { default: Sequencer } = require('@jest/test-sequencer');

/** Files that take more than half a minute: what begins last ends last, with a core idle beside it. */
const LONG = [
  'machine/service',
  'installed-package',
  'wide/release',
  'transaction/changes',
  'transaction/failures',
  'transaction/mistakes',
  'transaction/crashes',
  'terraform-gate',
  'guides',
  'lab-etcd',
  'etcd-failures',
  'cdktf',
  'terraform-agents',
  'terraform-outside',
  'terraform-never-stuck',
  'provider/sequences/sequences',
  'ui/browser',
  'report/browser',
  'report/safe-random',
  'interop/bird',
  'interop/gobgp',
  'interop/frr',
  'interop/openbgpd',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = LONG.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return at < 0 ? LONG.length : at;
    };
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
};
