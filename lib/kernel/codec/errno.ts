/** The errors of requests that mean something to us, as Linux numbers them; the kernel answers with their negative. */
export const ERRNO = { ENOENT: 2, ESRCH: 3, EEXIST: 17, EINVAL: 22 } as const;
