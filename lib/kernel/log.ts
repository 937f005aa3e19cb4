/** Receives this room's log lines: the agent's logger, or a list in tests. */
export type KernelLog = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

export const silent: KernelLog = () => {};
