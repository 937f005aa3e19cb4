const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket; is the agent running?',
  ECONNREFUSED: 'nobody listens on the socket; is the agent running?',
  EACCES: 'permission denied; the socket is for root and the group of the agent',
};

/** Why a socket of this machine can't be spoken to, for people. */
export const explainSocket = (error: NodeJS.ErrnoException): string => REASONS[error.code ?? ''] ?? error.message;
