import { neighbourWarning } from '../../lib/lab/neighbour-room';

test('a lab says where the kernel has no room for all its neighbours', () => {
  expect(neighbourWarning(32, 1024)).toBeUndefined();
  expect(neighbourWarning(60, 1024)).toBe(
    'the kernel has room for 1024 neighbours in all namespaces together, and 60 machines on one switch may need 3540: sessions may not come up. Make room with: sysctl -w net.ipv4.neigh.default.gc_thresh2=7080 net.ipv4.neigh.default.gc_thresh3=7080',
  );
});
