import { constants } from 'node:os';

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** What a kernel error means to the operator of the node; others are shown by name only. */
const ADVICE: Readonly<Record<string, string>> = {
  EPERM: 'Run the agent as root or grant it CAP_NET_ADMIN (systemd: AmbientCapabilities=CAP_NET_ADMIN).',
  EACCES: 'Run the agent as root or grant it CAP_NET_ADMIN, and CAP_NET_BIND_SERVICE for ports below 1024.',
  EADDRINUSE: 'Stop the process that holds it, or choose another port.',
  EADDRNOTAVAIL: 'Give the address to an interface of this node first.',
  ENETUNREACH: 'Bring up the interface that leads to the next hop, and give it an address there.',
  EMFILE: 'Raise the open file limit (ulimit -n).',
};

/** A failed system call or netlink request, as a value rather than an exception. */
export class KernelError {
  private constructor(
    /** What was attempted, such as `bind` or `add 10.0.0.0/8`. */
    readonly operation: string,
    /** The errno, positive. */
    readonly errno: number,
    /** The kernel's extended ack message, or empty. */
    readonly detail: string,
  ) {}

  /** From an errno, positive or (as in netlink) negative. */
  static of(operation: string, errno: number, detail = ''): KernelError {
    return new KernelError(operation, Math.abs(errno), detail);
  }

  /** The name of the errno, `EPERM`. */
  get code(): string {
    return errnoName(this.errno);
  }

  /** How to fix it, or empty. */
  get remedy(): string {
    return ADVICE[this.code] ?? '';
  }

  toString(): string {
    return [`${this.operation}: ${this.code}${this.detail === '' ? '' : ` (${this.detail})`}`, this.remedy]
      .filter((part) => part !== '')
      .join('. ');
  }
}

/** `EPERM` for 1 or -1; `errno 4711` for one without a name. */
export function errnoName(errno: number): string {
  return NAMES.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`;
}
