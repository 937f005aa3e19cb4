import type { Peer } from '../../model/peer';
import { type Asked, type FieldRow, openField } from './row';

export const MOVED_NEXT_HOPS: Asked = {
  clause: 'may leave routes without a reachable next hop, and moves traffic',
  ask: 'a receiver without a route to the new next hops loses the routes: check it on each (ip route get), and with whoever runs receivers outside the fabric',
  mayLose: true,
};

export const nextHopOption: FieldRow<Peer['nextHop']> = openField(() => MOVED_NEXT_HOPS);
