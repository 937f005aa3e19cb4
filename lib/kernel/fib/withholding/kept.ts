import type { IpAddress } from '../../../model/address';

/** Who is to stay reachable as it is. */
export interface ProtectedHost {
  readonly address: IpAddress;
  readonly text: string;
  readonly what: 'neighbour' | 'gateway';
}

/** Who is to stay reachable as it is, and the name of the link that leads there. */
export interface ProtectedHostOnLink extends ProtectedHost {
  readonly link: string;
}
