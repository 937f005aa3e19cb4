/** Where this room's lines go; the agent has a logger, tests have a list. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

export const silent: Log = () => {};
