/** How BFD watches the neighbour of a session (RFC 5880). Times are ISO 8601, intervals in milliseconds. */
export interface BfdSessionStatus {
  /** Absent: the BFD process has not told yet. */
  readonly state?: BfdState;
  /** When it came into this state. */
  readonly since?: string;
  /** Why it was last not Up, by its number (RFC 5880 section 4.1), and in words. */
  readonly diagnostic?: number;
  readonly reason?: string;
  readonly localDiscriminator?: number;
  /** What the neighbour says of itself; absent while it is not heard. */
  readonly remote?: { readonly state: BfdState; readonly diagnostic: number; readonly discriminator?: number };
  /** In use: between packets that are sent; and of silence, after which the neighbour counts as gone. */
  readonly transmitInterval?: number;
  readonly detectionTime?: number;
  /** How often it went down from Up, since the process has it, and when last. */
  readonly downs?: number;
  readonly lastDown?: string;
  readonly lastDownReason?: string;
  /** Why nothing can be sent or received. */
  readonly trouble?: string;
  /** The BGP session does not come up before it (`strict`). */
  readonly isStrict?: true;
}

export type BfdState = 'AdminDown' | 'Down' | 'Init' | 'Up';

/** The process that runs BFD sessions for the agent. */
export interface BfdProcessStatus {
  readonly version?: string;
  /** It has real-time scheduling. */
  readonly isRealTime?: boolean;
  /** Why it does not respond; absent: it does. */
  readonly problem?: string;
  /** Packets that it discarded, by the reason (RFC 5880 section 6.8.6). */
  readonly discarded?: Readonly<Record<string, number>>;
}

/** Whether BFD should watch a neighbour and does not; where the neighbour has shut it down, that is meant. */
export const isBfdMissing = ({ state, remote }: BfdSessionStatus): boolean =>
  state !== 'Up' && state !== 'AdminDown' && remote?.state !== 'AdminDown';

/** Why BFD does not watch a neighbour that it should watch, for people: its state, and what is the matter. */
export const bfdTrouble = ({ state, trouble }: BfdSessionStatus): string =>
  [state === undefined ? [] : [`BFD is ${state}`], trouble ?? []].flat().join(': ') || 'BFD has not begun';
