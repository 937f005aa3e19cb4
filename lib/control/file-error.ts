const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'permission denied',
};

/** Why a file cannot be read, for users; `more`: reasons by code of the system, in place of the usual ones. */
export const explainFile = (error: NodeJS.ErrnoException, more: Readonly<Record<string, string>> = {}): string =>
  ({ ...REASONS, ...more })[error.code ?? ''] ?? error.message;
