/** Where this room's lines go; the agent has a logger, tests have a list. */
export type KernelLog = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

export const silent: KernelLog = () => {};
