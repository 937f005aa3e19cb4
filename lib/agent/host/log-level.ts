export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** Least level that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];
