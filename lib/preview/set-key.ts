import { type Condition, conditionOf } from '../bgp/policy/condition';
import { RouteView } from '../bgp/policy/route-view';
import { type PathAttributes, SEGMENT } from '../bgp/wire/path-attributes';
import { IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { FilterRule } from '../model/filter';
import { Problem } from '../model/problem';
import type { SentSet } from '../topology/outside-routes';
import { sentRoute } from './sent-route';

/** Communities with a built-in meaning (RFC 1997, RFC 8326). */
const WELL_KNOWN = [0xffffff01, 0xffffff02, 0xffffff03, 0xffff0000];

/** A key of what affects the routes of a set: by itself, and in comparison with others to the same prefix. */
interface SetKey {
  readonly alone: string;
  readonly beside: string;
}

/**
 * Attribute sets with the same key are equivalent for every policy made of the filters of some fabrics, and for what
 * speakers check themselves. Tables have thousands of sets, which mostly differ in AS numbers and communities that no
 * rule matches on.
 */
export class SetKeys {
  private readonly conditions: readonly Condition[];
  private readonly own: readonly number[];
  private readonly keepsPath: boolean;
  private readonly keepsCommunities: boolean;
  private readonly known = new Map<SentSet, SetKey>();
  private readonly view = new RouteView();

  constructor(fabrics: readonly Fabric[]) {
    const rules = fabrics.flatMap(({ filters }) =>
      Object.values(filters).flatMap((filter) => [...filter.import, ...filter.export]),
    );
    const asked = new Map(rules.map((rule) => [textOf(rule), rule] as const));
    this.conditions = [...asked.values()].flatMap((rule) => conditionOf(rule) ?? []);
    const sets = rules.flatMap(({ set }) => set ?? []);
    const asksPath = rules.some(
      ({ asPathMatches, asPathBeginsWith, asPathContains }) => asPathMatches ?? asPathBeginsWith ?? asPathContains,
    );
    // A path is matched again after AS numbers were prepended.
    this.keepsPath = asksPath && sets.some(({ prepend, prependAsNumbers }) => prepend ?? prependAsNumbers);
    this.keepsCommunities = sets.some(({ communities, removeCommunities }) => communities ?? removeCommunities);
    this.own = [...new Set(fabrics.flatMap(asNumbersOf))];
  }

  of(set: SentSet): SetKey {
    const known = this.known.get(set);
    if (known) return known;
    const { octets, attributes: route } = sentRoute(set);
    const hop = IpAddress.parse(set.nextHop);
    const view = this.view.read(octets, 0, octets.length);
    view.nextHop = hop instanceof Problem ? undefined : hop;
    const bits = (['ebgp', 'ibgp'] as const).map((peerType) => {
      view.peerType = peerType;
      return this.conditions.map((condition) => (condition(view) ? '1' : '0')).join('');
    });
    const { med, localPref, origin, communities = [], onlyToCustomer, clusterList, originatorId, asPath = [] } = route;
    const alone = JSON.stringify([
      bits,
      set.nextHop,
      [med, localPref, origin, onlyToCustomer, clusterList, originatorId],
      WELL_KNOWN.map((one) => communities.includes(one)),
      this.own.map((as) => view.countInPath(as)),
      asPath.map(({ type }) => (type === SEGMENT.sequence ? '' : type)).join(''),
      this.keepsPath ? view.pathText : '',
      this.keepsCommunities ? communitiesOf(route) : '',
    ]);
    const key = { alone, beside: `${alone} ${lengthOf(route)} ${asPath[0]?.members[0] ?? 0}` };
    this.known.set(set, key);
    return key;
  }
}

const textOf = ({ prefix: _, ge: __, le: ___, action: ____, set: _____, ...rest }: FilterRule): string =>
  JSON.stringify(rest);

const communitiesOf = ({ communities, extendedCommunities, largeCommunities }: PathAttributes) => [
  communities,
  extendedCommunities?.map((one) => [...one]),
  largeCommunities,
];

/** As counted by the decision process (RFC 4271 section 9.1.2.2 a). */
const lengthOf = ({ asPath = [] }: PathAttributes): number =>
  asPath.reduce(
    (sum, { type, members }) => sum + (type === SEGMENT.sequence ? members.length : type === SEGMENT.set ? 1 : 0),
    0,
  );

/** AS numbers that nodes may have towards a neighbour. */
const asNumbersOf = ({ asNumber, nodes, racks, peers }: Fabric): number[] =>
  [
    asNumber,
    ...Object.values(nodes).flatMap((node) => node.asNumber ?? []),
    ...Object.values(racks).map((rack) => rack.asNumber),
    ...Object.values(peers).flatMap((peer) => peer.localAsNumber ?? []),
    ...Object.values(racks).flatMap(({ topOfRack }) => topOfRack.flatMap((top) => top.localAsNumber ?? [])),
  ].map(({ value }) => value);
