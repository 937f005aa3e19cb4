export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** Minimum level that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];
