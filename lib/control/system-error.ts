type Reasons = Readonly<Record<string, string>>;

/** Explains an error of the system by its code; `more`: reasons in place of the usual ones. */
const explain =
  (reasons: Reasons) =>
  ({ code = '', message }: NodeJS.ErrnoException, more: Reasons = {}): string => {
    const all = { ...reasons, ...more };
    return Object.hasOwn(all, code) ? all[code] : message;
  };

/** Why a file cannot be read, for users. */
export const explainFile = explain({
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'permission denied',
});

/** Why a unix socket cannot be used, for users. */
export const explainSocket = explain({
  ENOENT: 'there is no such socket; is the agent running?',
  ECONNREFUSED: 'nothing is listening on the socket; is the agent running?',
  EACCES: "permission denied; only root and members of the agent's group may use the socket",
});
