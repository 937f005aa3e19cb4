import { dropRoutesOf } from '../../../lib/kernel/codec/filter';
import { type NetlinkMessage, TYPE } from '../../../lib/kernel/codec/header';
import { emptyRoute, FAMILY, readRoute } from '../../../lib/kernel/codec/route';
import { OWN_PROTOCOL } from '../../../lib/kernel/codec/route-protocol';
import { silent } from '../../../lib/kernel/log';
import { Monitor } from '../../../lib/kernel/netlink/monitor';
import { KernelError } from '../../../lib/kernel/system/error';
import { share } from '../../breadth';
import type { Namespace } from '../../kernel/namespace';

/** How often something is killed, and the seed of when: in CI a tenth of what `npm run test:long` asks for. */
export const KILLS = Number(process.env.PEERFORM_KILLS ?? share(20));
export const SEED = Number(process.env.PEERFORM_SEED ?? 1);

const OWN = 'proto 114';
const FAMILIES = [4, 6] as const;

/** Numbers below a limit, the same ones for the same seed. */
export function randomBelow(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x100000000) * limit);
  };
}

/** Prefixes of ours in a namespace, of both families. */
export const ownPrefixes = (node: Namespace): string[] =>
  FAMILIES.flatMap((family) =>
    node
      .routes(`${OWN} table all`, family)
      .filter((line) => !line.startsWith('nexthop'))
      .map((line) => line.replace(/^(blackhole|unreachable) /, '').split(' ')[0]),
  );

/** What others have there: routes in all tables, and nexthop objects. */
export const ofOthers = (node: Namespace): readonly [routes: string[], objects: string[][]] => [
  FAMILIES.flatMap((family) =>
    node.routes('table all', family).filter((line) => !/proto (114|kernel)|^nexthop/.test(line)),
  ),
  [...node.nexthops()].filter(([, what]) => !what.includes(OWN)),
];

/** Objects of ours that no route is on, and that are in no group. */
export function unusedObjects(node: Namespace): string[] {
  const shown = FAMILIES.map((family) => node.ip(`-${family} route show table all`)).join('');
  const used = new Set([...shown.matchAll(/nhid (\d+)/g)].map(([, id]) => id));
  const ours = [...node.nexthops()].filter(([, what]) => what.includes(OWN));
  const members = ours.flatMap(([, what]) => /^group (\S+)/.exec(what)?.[1].split('/') ?? []);
  for (const member of members) used.add(member.split(',')[0]);
  return ours.map(([id]) => id).filter((id) => !used.has(id));
}

/** Writes down every route of ours that the kernel of a namespace lets go of, also where it is there again at once. */
export class Deletions {
  private readonly prefixes: string[] = [];

  private constructor(private readonly monitor: Monitor) {}

  static watch(node: Namespace): Deletions {
    const route = emptyRoute();
    let deletions: Deletions | undefined;
    node.enter();
    const monitor = Monitor.open(
      dropRoutesOf(0),
      {
        message(bytes: Uint8Array, one: NetlinkMessage) {
          if (one.type !== TYPE.delRoute || !readRoute(bytes, one.start, one.end, route)) return;
          if (route.protocol === OWN_PROTOCOL)
            deletions?.prefixes.push(prefixText(route.family, bytes.subarray(route.destination), route.length));
        },
        lost: () => deletions?.prefixes.push('events were lost'),
      },
      silent,
    );
    node.leave();
    if (monitor instanceof KernelError) throw new Error(String(monitor));
    deletions = new Deletions(monitor);
    return deletions;
  }

  /** All so far. */
  all(): readonly string[] {
    this.monitor.drain();
    return this.prefixes;
  }

  close(): void {
    this.monitor.close();
  }
}

function prefixText(family: number, bytes: Uint8Array, length: number): string {
  if (family === FAMILY.ipv4) return `${bytes.slice(0, 4).join('.')}/${length}`;
  const words = Array.from({ length: 4 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  return `${words.join(':')}::/${length}`;
}
