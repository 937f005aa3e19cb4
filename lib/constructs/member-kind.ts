/** The maps of a fabric that constructs add to. */
export const MEMBER_KINDS = ['nodes', 'peers', 'racks', 'routeReflectors', 'filters'] as const;
export type MemberKind = (typeof MEMBER_KINDS)[number];
