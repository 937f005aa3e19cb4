import { statSync } from 'node:fs';

/** The inode of this thread's network namespace. */
export const networkNamespace = (): number => statSync('/proc/thread-self/ns/net').ino;
