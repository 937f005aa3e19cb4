import { statSync } from 'node:fs';

/** The inode of the network namespace that this thread is in. */
export const networkNamespace = (): number => statSync('/proc/thread-self/ns/net').ino;
