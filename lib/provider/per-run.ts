/** What there is one of in each run of Terraform, made when it is first needed. A run is known by its abort signal. */
export function perRun<T extends object>(make: (stop: AbortSignal) => T): (stop: AbortSignal) => T {
  const all = new WeakMap<AbortSignal, T>();
  return (stop) => {
    const known = all.get(stop);
    if (known) return known;
    const made = make(stop);
    all.set(stop, made);
    return made;
  };
}
