/** Contexts of own routes: one for each interface and family, after those of peers. */
const LOCAL_CONTEXT = 0x80000000;

/** The context of attribute sets of own routes of an interface, by its number. */
export const localContext = (interfaceNumber: number, isIpv6: boolean): number =>
  LOCAL_CONTEXT + 2 * interfaceNumber + (isIpv6 ? 1 : 0);

/** Whether a context is one of own routes. */
export const isLocalContext = (context: number): boolean => context >= LOCAL_CONTEXT;

/** The number of the interface of a local context. */
export const interfaceNumberOf = (context: number): number => (context - LOCAL_CONTEXT) >>> 1;

/** Names of the interfaces of own routes, by number from 1; 0 is none. A name without references is removed. */
export class InterfaceNames {
  private readonly names: (string | undefined)[] = [undefined];
  private readonly references: number[] = [0];
  private readonly numbers = new Map<string, number>();

  /** The number of a name. */
  number(name: string | undefined): number {
    if (name === undefined) return 0;
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    let number = 1;
    while (this.names[number] !== undefined) number++;
    this.names[number] = name;
    this.references[number] = 0;
    this.numbers.set(name, number);
    return number;
  }

  /** The name with a number; undefined for 0. */
  name(number: number): string | undefined {
    return this.names[number];
  }

  /** Adds a reference from an attribute set. */
  hold(number: number): void {
    this.references[number]++;
  }

  release(number: number): void {
    if (number === 0 || --this.references[number] > 0) return;
    this.numbers.delete(this.names[number]!);
    this.names[number] = undefined;
  }
}
