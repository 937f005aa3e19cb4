import type { IpAddress } from '../../../model/address';

/** A host that must stay reachable as it is. */
export interface ProtectedHost {
  readonly address: IpAddress;
  readonly text: string;
  readonly what: 'neighbour' | 'gateway';
}

/** A protected host, and the name of the link that leads there. */
export interface ProtectedHostOnLink extends ProtectedHost {
  readonly link: string;
}
