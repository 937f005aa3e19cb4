import type { IpAddress } from '../../../model/address';

/** A host whose reachability must not change. */
export interface ProtectedHost {
  readonly address: IpAddress;
  readonly text: string;
  readonly what: 'neighbour' | 'gateway';
}

/** A protected host, and the name of the link to it. */
export interface ProtectedHostOnLink extends ProtectedHost {
  readonly link: string;
}
