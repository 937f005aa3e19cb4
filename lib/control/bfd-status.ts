/** BFD status of a session's neighbour (RFC 5880). Times are ISO 8601, intervals in milliseconds. */
export interface BfdSessionStatus {
  /** Absent until the BFD process has reported it. */
  readonly state?: BfdState;
  /** When it entered this state. */
  readonly since?: string;
  /** Why it last left Up: the diagnostic code (RFC 5880 section 4.1), and its text. */
  readonly diagnostic?: number;
  readonly reason?: string;
  readonly localDiscriminator?: number;
  /** State reported by the neighbour; absent if nothing is received. */
  readonly remote?: { readonly state: BfdState; readonly diagnostic: number; readonly discriminator?: number };
  /** In use: the transmit interval, and the detection time. */
  readonly transmitInterval?: number;
  readonly detectionTime?: number;
  /**
   * How often it failed since it was added or the machine booted, and when it last did: it went from Up to Down, and
   * not because the neighbour ended it on purpose.
   */
  readonly downs?: number;
  readonly lastDown?: string;
  readonly lastDownReason?: string;
  /** Why packets cannot be sent or received. */
  readonly trouble?: string;
  /** Nothing can be received, for that reason: nobody watches the neighbour. */
  readonly isDeaf?: true;
  /** The BGP session waits for it (`strict`). */
  readonly isStrict?: true;
  /**
   * Unless it is Up: why packets of the neighbour are being discarded, with the TTL or hop limit, or the port, of one
   * of them, and the one that it should have had, the TTL at least; or with the interface at which it arrived, if that
   * is not the one of the neighbour.
   */
  readonly discarding?: {
    readonly reason: string;
    readonly got?: number;
    readonly wanted?: number;
    readonly interface?: string;
  };
  /** The neighbour refuses packets: nothing listens at its port. */
  readonly isRefused?: true;
}

export type BfdState = 'AdminDown' | 'Down' | 'Init' | 'Up';

/** The process that runs BFD sessions for the agent. */
export interface BfdProcessStatus {
  readonly version?: string;
  /** It has real-time scheduling. */
  readonly isRealTime?: boolean;
  /** Why it does not respond; absent if it does. */
  readonly problem?: string;
  /** It does not respond, as it was stopped permanently at this time. Not reported by older agents or BFD processes. */
  readonly stopped?: string;
  /** Number of discarded packets by reason (RFC 5880 section 6.8.6). */
  readonly discarded?: Readonly<Record<string, number>>;
  /** Sessions that the release no longer has, and that go on until their neighbours end them. */
  readonly lingering?: readonly LingeringBfd[];
}

/** A BFD session that goes on without being in the release. Agents of an earlier version report its addresses alone. */
export interface LingeringBfd {
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** The interface of link-local addresses. */
  readonly interface?: string;
  /** The UDP port to which its neighbour sends: the release may have BFD at the other one. */
  readonly port?: number;
  /** Keys of the sessions of BGP between the two. */
  readonly sessions?: readonly string[];
}

/** What it takes to tell what is left of the BFD of a session. */
interface MaybeLingering extends Pick<LingeringBfd, 'localAddress' | 'remoteAddress'> {
  readonly key: string;
  readonly bfd?: BfdSessionStatus;
}

/** Whether it is between the two ends of a session of BGP. */
export const isBfdOf = (
  { sessions, localAddress, remoteAddress }: LingeringBfd,
  session: Omit<MaybeLingering, 'bfd'>,
): boolean =>
  sessions?.includes(session.key) ?? (localAddress === session.localAddress && remoteAddress === session.remoteAddress);

/**
 * The BFD session that the release no longer has for a session, and its neighbour has; not where the neighbour has only
 * that one while the release has one at the other UDP port, which is a fault of that one.
 */
export const lingeringBfd = (bfd: BfdProcessStatus | undefined, session: MaybeLingering): LingeringBfd | undefined =>
  bfd?.lingering?.find((one) => isBfdOf(one, session) && (!session.bfd || isBeside(one, session.bfd)));

/** Whether the neighbour has this one besides the one of the release. */
const isBeside = ({ port }: LingeringBfd, { state }: BfdSessionStatus): boolean => port !== undefined && state === 'Up';

/** That, for display; `isBeside`: the release has another one. */
export const lingersText = ({ port }: Pick<LingeringBfd, 'port'>, isBeside: boolean): string =>
  isBeside
    ? `BFD at UDP port ${port} is no longer in the release, which has it at the other port, and goes on until the neighbour ends it`
    : 'BFD is no longer in the release, and goes on until the neighbour ends it';

/** Whether a configured BFD session is not up; not if the neighbour has disabled it administratively. */
export const isBfdMissing = ({ state, remote }: BfdSessionStatus): boolean =>
  state !== 'Up' && state !== 'AdminDown' && remote?.state !== 'AdminDown';

/** Why a configured BFD session is not up, for display: its state, and the problem. */
export const bfdTrouble = ({ state, trouble }: BfdSessionStatus): string =>
  [state === undefined ? [] : [`BFD is ${state}`], trouble ?? []].flat().join(': ') || 'BFD has not begun';
