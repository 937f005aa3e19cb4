/** Error numbers of Linux that are handled individually; netlink returns them negated. */
export const ERRNO = { ENOENT: 2, ESRCH: 3, EEXIST: 17, EINVAL: 22 } as const;
