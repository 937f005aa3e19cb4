// Near the hot path: the view of a route for policies, once for each attribute set of a message or of a batch.
import type { PrefixRules, RuleOutcome } from '../policy/prefix-rules';
import { RouteView } from '../policy/route-view';
import type { PeerState } from './peer';
import { SET, SET_LOCAL_PREF, SET_NEXT_HOP, SET_PEER } from './table/attribute-table';
import { type PrefixTable, ROW, ROW_IPV6, ROW_KEY, ROW_LENGTH, ROW_META } from './table/prefix-table';
import type { RibTables } from './tables';

const asked = new RouteView();

/** A set's routes as a policy sees them, towards `peer` or from it; to be used at once. */
export function routeView(tables: RibTables, set: number, peer: PeerState): RouteView {
  const { attributes } = tables;
  const line = set * SET;
  asked.peerType = peer.isExternal ? 'ebgp' : 'ibgp';
  asked.nextHop = tables.nextHops.get(attributes.sets[line + SET_NEXT_HOP])?.address;
  asked.isWorkload = attributes.sets[line + SET_PEER] === 0;
  asked.interface = asked.isWorkload ? tables.interfaceOf(set) : undefined;
  asked.chosenBy = undefined;
  const start = attributes.start(set);
  return asked.read(attributes.octets(set), start, start + attributes.length(set));
}

/** The same for a route to be advertised: its preference is the one it was selected by. */
export function advertisedView(tables: RibTables, set: number, peer: PeerState): RouteView {
  const view = routeView(tables, set, peer);
  view.chosenBy = tables.attributes.sets[set * SET + SET_LOCAL_PREF];
  return view;
}

/** The outcome of the rules for the prefix with this number. */
export function outcomeOf(rules: PrefixRules, prefixes: PrefixTable, id: number): RuleOutcome {
  const { rows } = prefixes;
  const meta = rows[id * ROW + ROW_META];
  const length = meta & ROW_LENGTH;
  return (meta & ROW_IPV6) === 0
    ? rules.outcome4(rows[id * ROW + ROW_KEY], length)
    : rules.outcome6(
        prefixes.word6(id, 0),
        prefixes.word6(id, 1),
        prefixes.word6(id, 2),
        prefixes.word6(id, 3),
        length,
      );
}
