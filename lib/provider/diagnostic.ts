/** Location in a resource: attribute names, map keys and list indices, outermost first. */
export type Path = readonly (string | number)[];

/** A path in HCL syntax: `peers.tor.filters[0]`. */
export const shownPath = (path: Path): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');

/** A message to the Terraform user. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** One line: what happened and where. */
  readonly summary: string;
  /** What it means and what to do. */
  readonly detail: string;
  readonly path?: Path;
}

export const error = (summary: string, detail = '', path?: Path): Diagnostic => ({
  severity: 'error',
  summary,
  detail,
  path,
});

export const warning = (summary: string, detail = '', path?: Path): Diagnostic => ({
  severity: 'warning',
  summary,
  detail,
  path,
});

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');
