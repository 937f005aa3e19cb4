import { Problem } from '../model/problem';
import { isRecord, readDocuments } from './documents';
import { API_VERSION, KINDS, type Kind, nameOf, type Resource, resource } from './resource';
import { conversionOf, convert, labelsOf } from './v1/convert';
import { validate } from './validate';

/** What came of reading manifests. */
export interface Manifests {
  /** What was read, in its v3 form and in the order of the text; of two of one name the later. */
  readonly resources: readonly Resource[];
  readonly problems: readonly Problem[];
  /** `NetworkPolicy/web`: what means nothing to BGP and was passed over. */
  readonly passedOver: readonly string[];
}

/** A text of manifests, and what problems call it. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string;
}

/** Versions of v3: as people write it, and as the datastore of Kubernetes holds it. */
const V3 = [API_VERSION, 'crd.projectcalico.org/v1'];

/** Reads manifests of calicoctl 1.x (`apiVersion: v1`) and of Calico v3; v1 is converted and named as Calico's own upgrade does. */
export function readManifests(...files: readonly ManifestFile[]): Manifests {
  const read = files.map(({ name, text }) => readDocuments(text, name)),
    documents = read.flatMap((file) => file.documents);
  const found: Resource[] = [],
    passedOver: string[] = [],
    complaints = read.flatMap(({ problems }) => problems),
    identities = new Map<string, string>(); // of v1, by what they became
  for (const document of documents) {
    const { apiVersion, kind } = document,
      conversion = typeof kind === 'string' ? conversionOf(kind, apiVersion) : undefined;
    if (conversion) {
      const converted = convert(document, conversion);
      if (converted === undefined) {
        passedOver.push(`${kind}/${metadataOf(document).name ?? ''}`);
        continue;
      }
      if (Array.isArray(converted)) {
        complaints.push(...converted);
        continue;
      }
      const name = nameOf(converted.resource),
        before = identities.get(name) ?? converted.identity;
      if (before !== converted.identity)
        complaints.push(
          Problem.of('duplicate-name', `${before} and ${converted.identity} would have the same name`, name),
        );
      identities.set(name, before);
      found.push(converted.isPart ? joined(found, converted.resource) : converted.resource);
    } else if (V3.includes(apiVersion as string) && KINDS.includes(kind as Kind))
      found.push(v3(document, kind as Kind));
    else if (apiVersion !== 'v1' && KINDS.includes(kind as Kind) && !isForeign(apiVersion))
      complaints.push(
        Problem.of(
          'manifest',
          `${JSON.stringify(apiVersion) ?? 'nothing'} is not a Calico version`,
          `${kind}/${metadataOf(document).name ?? ''} apiVersion`,
        ),
      );
    else if (typeof kind !== 'string') complaints.push(Problem.of('manifest', 'a document has no kind'));
    else passedOver.push(`${kind}/${metadataOf(document).name ?? ''}`);
  }
  const resources = lastOfEachName(found);
  return { resources, problems: [...complaints, ...validate(resources)], passedOver };
}

/** Versions of others, who may have kinds of the same names. */
const isForeign = (apiVersion: unknown): boolean =>
  typeof apiVersion === 'string' && apiVersion !== '' && !apiVersion.includes('projectcalico.org');

const metadataOf = ({ metadata }: Readonly<Record<string, unknown>>) => (isRecord(metadata) ? metadata : {});

function v3(document: Readonly<Record<string, unknown>>, kind: Kind): Resource {
  const { name, labels } = metadataOf(document);
  return resource(kind, String(name ?? ''), isRecord(document.spec) ? document.spec : {}, labelsOf(labels));
}

/** A resource with what was said of it before, where this does not say otherwise. */
function joined(found: readonly Resource[], part: Resource): Resource {
  const before = found.findLast((it) => nameOf(it) === nameOf(part));
  return before ? { ...before, spec: { ...before.spec, ...part.spec } } : part;
}

function lastOfEachName(resources: readonly Resource[]): Resource[] {
  const last = new Map(resources.map((it) => [nameOf(it), it]));
  return resources.filter((it) => last.get(nameOf(it)) === it);
}
