import { spawnSync } from 'node:child_process';
import { mayMakeNamespaces } from '../../lib/lab/user-namespace';

/** Whether this kernel lets a user make namespaces of his own. */
const mayUnshare = spawnSync('unshare', ['--user', '--map-root-user', '--net', '--mount', 'true']).status === 0;

/**
 * Ways to make a lab, as titles and options; the description of each is skipped where this machine does not allow it.
 */
export function inEachWay<T extends object>(
  title: string,
  more: { root?: T; user?: T },
  body: (way: T & { withoutRoot?: boolean }) => void,
): void {
  (mayMakeNamespaces() ? describe : describe.skip)(`${title}, as root`, () => body({ ...more.root } as T));
  (mayUnshare ? describe : describe.skip)(`${title}, in a user namespace`, () =>
    body({ ...more.user, withoutRoot: true } as T & { withoutRoot: true }),
  );
}

/** `describe` where this machine allows a lab at all. */
export const describeLab = mayMakeNamespaces() || mayUnshare ? describe : describe.skip;
