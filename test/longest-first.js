const { default: Sequencer } = require('@jest/test-sequencer');

/** Files that take more than half a minute: what begins last ends last, with a core idle beside it. */
const LONG = [
  'machine/service',
  'installed-package',
  'transaction/failures',
  'transaction/changes',
  'replays/replays',
  'terraform-agents',
  'terraform-outside',
  'machine/ansible',
  'unnumbered',
  'lab-start',
  'etcd-failures',
  'transaction/mistakes',
  'transaction/crashes',
  'wide/release',
  'guides',
  'terraform-gate',
  'lab-etcd',
  'cdktf',
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
