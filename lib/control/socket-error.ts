const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket; is the agent running?',
  ECONNREFUSED: 'nothing is listening on the socket; is the agent running?',
  EACCES: "permission denied; only root and members of the agent's group may use the socket",
};

/** Why a unix socket cannot be used, for display. */
export const explainSocket = (error: NodeJS.ErrnoException): string => REASONS[error.code ?? ''] ?? error.message;
