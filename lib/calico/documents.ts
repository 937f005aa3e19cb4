import { parseAllDocuments, type Tags } from 'yaml';
import { Problem } from '../model/problem';

/** Contents of a file: the documents, with lists expanded, and the problems of what cannot be parsed. */
interface Documents {
  readonly documents: readonly Readonly<Record<string, unknown>>[];
  readonly problems: readonly Problem[];
}

/**
 * The documents of a manifest: YAML 1.1 as parsed by Kubernetes (`yes` is true), and so JSON as well. The items of a
 * top-level list or a `…List` become documents; empty documents are skipped. Lines of more than three dashes also
 * separate documents, as in calicoctl. `name`: the file in problems.
 */
export function readDocuments(text: string, name = ''): Documents {
  const documents: Record<string, unknown>[] = [];
  const problems: Problem[] = [];
  const parsed = parseAllDocuments(text.replace(/^-{4,}[ \t]*$/gm, '---'), {
    version: '1.1',
    customTags: (tags) => tags.filter(isPlain),
    logLevel: 'silent',
  });
  for (const [i, document] of (Array.isArray(parsed) ? parsed : []).entries()) {
    const at = [name, ...(parsed.length === 1 ? [] : [`document ${i + 1}`])].join(' ').trim();
    const [error] = document.errors;
    if (error) {
      problems.push(Problem.of('manifest', error.message.split('\n')[0].replace(/:$/, ''), at));
      continue;
    }
    for (const value of flat(contentOf(document, at)))
      if (value instanceof Problem) problems.push(value);
      else if (isRecord(value)) documents.push(value);
      else if (value !== null && value !== undefined)
        problems.push(Problem.of('manifest', `${JSON.stringify(value)} is not a resource`, at));
  }
  return { documents, problems };
}

/** The YAML 1.1 tags that Kubernetes supports: `64512:100` is a string, not a base-60 number, and dates are strings. */
const isPlain = (tag: Tags[number]): boolean =>
  typeof tag === 'string' || !(tag.tag === 'tag:yaml.org,2002:timestamp' || ('format' in tag && tag.format === 'TIME'));

/** The value of a document. Excessive alias expansion is a problem. */
function contentOf(document: { toJS(): unknown }, at: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return Problem.of('manifest', (error as Error).message, at);
  }
}

function flat(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(flat);
  if (isRecord(value) && typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items)) {
    const { apiVersion, kind } = value as { apiVersion?: unknown; kind: string };
    const ofItems =
      kind === 'List' ? {} : { ...(apiVersion !== undefined && { apiVersion }), kind: kind.slice(0, -'List'.length) }; // items of API lists omit it
    return value.items.map((item) => (isRecord(item) ? { ...ofItems, ...item } : item)).flatMap(flat);
  }
  return [value];
}

/** Whether a value is an object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
