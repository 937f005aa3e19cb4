import { printable, printableLines } from '../../model/printable';
import type { Diagnostic, Path } from '../diagnostic';
import type { Attributes, ValueType } from '../value';
import { SEVERITY, type WireDiagnostic } from './messages';

/** A diagnostic in wire format. `attributes` distinguish attributes in its path from map keys. */
export function wireDiagnostic(
  { severity, summary, detail, path }: Diagnostic,
  attributes: Attributes = {},
): WireDiagnostic {
  return {
    severity: SEVERITY[severity],
    summary: printable(summary, Number.POSITIVE_INFINITY),
    detail: printableLines(detail),
    ...(path && path.length > 0 && { attribute: { steps: steps(path, { object: attributes }) } }),
  };
}

function steps(path: Path, outer: ValueType) {
  const result: { attributeName?: string; keyString?: string; keyInt?: number }[] = [];
  let type: ValueType | undefined = outer;
  for (const step of path) {
    if (type === undefined || typeof type === 'string') break; // Deeper than the schema: use the outer location.
    if ('object' in type) {
      if (!Object.hasOwn(type.object, step)) break;
      result.push({ attributeName: String(step) });
      type = type.object[step].type;
    } else if ('map' in type) {
      result.push({ keyString: String(step) });
      type = type.map;
    } else {
      result.push({ keyInt: Number(step) });
      type = type.list;
    }
  }
  return result;
}
