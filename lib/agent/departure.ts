import { type Patience, Settling } from './settling';

/** Seconds that leaving may take unless the command line says otherwise. */
export const LEAVE_WITHIN = 20;

/** What neighbours need to choose and write other routes: nodes of the fabric do at once, routers outside may hold news back for longer. Milliseconds. */
const INSIDE = 2_000;
const OUTSIDE = 10_000;
/** For neighbours' kernels to follow what was withdrawn, while packets still come. */
const WITHDRAWN = 1_000;

/** How a node that ends for good spends its time: gone round first (RFC 8326), then with nothing told any more. Together no longer than `within` milliseconds. */
export function departure(
  within: number,
  hasOutside: boolean,
): { readonly leaving: Patience; readonly withdrawn: Patience } {
  const last = within / 5,
    first = within - last;
  return {
    leaving: { least: Math.min(hasOutside ? OUTSIDE : INSIDE, first), most: first },
    withdrawn: { least: Math.min(WITHDRAWN, last), most: last },
  };
}

/** Resolves when this has settled, or has had all the time that it gets. */
export const settled = (isSettled: () => boolean, patience: Patience): Promise<boolean> =>
  new Promise((resolve) => new Settling(isSettled, resolve).begin(patience));
