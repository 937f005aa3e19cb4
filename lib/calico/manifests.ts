import { Problem } from '../model/problem';
import { isRecord, readDocuments } from './documents';
import { type KubernetesNode, nodeOfKubernetes } from './kubernetes-node';
import { labelsOf, labelsToQuote } from './labels';
import type { LeftOut } from './left-out';
import { leftOfAnnotations } from './own-annotations';
import { API_VERSION, CALICO_KINDS, type CalicoKind, type CalicoResource, resource, resourceLabel } from './resource';
import { untakenOf } from './row';
import { ROWS } from './rows';
import { type Conversion, conversionOf, convert } from './v1/convert';
import { validate } from './validate';

/** Result of reading manifests. */
interface Manifests {
  /** Resources in v3 form, in document order. If a name occurs twice, the later one. */
  readonly resources: readonly CalicoResource[];
  readonly problems: readonly Problem[];
  /** What Kubernetes nodes have that has no equivalent in Calico. */
  readonly left: readonly LeftOut[];
  /** `NetworkPolicy/web`, `IPPool spec.blockSize`: unrelated to BGP and skipped. */
  readonly passedOver: readonly string[];
  /** Files without resources: empty, or unrelated to BGP. */
  readonly barren: readonly string[];
}

/** Contents of a manifest file, and its name in problems. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string;
}

/** API versions of v3: as users write them, and as in the Kubernetes datastore. */
const V3 = [API_VERSION, 'crd.projectcalico.org/v1'];

type Document = Readonly<Record<string, unknown>>;

/**
 * Reads manifests of calicoctl 1.x (`apiVersion: v1`) and of Calico v3. v1 is converted and named as by Calico's own
 * upgrade.
 */
export function readManifests(...files: readonly ManifestFile[]): Manifests {
  const read = files.map(({ name, text }) => readDocuments(text, name));
  const reading = new Reading();
  const barren = files.filter((_, i) => !read[i].documents.map((document) => reading.add(document)).some(Boolean));
  const { found, kubernetes } = reading;
  const own = new Set(found.map(resourceLabel));
  // a Calico node takes precedence over the Kubernetes node
  const others = kubernetes.filter(({ node }) => !own.has(resourceLabel(node)));
  const resources = lastOfEachName([...found, ...others.map(({ node }) => node)]);
  return {
    resources,
    problems: [...read.flatMap(({ problems }) => problems), ...reading.problems, ...validate(resources)],
    barren: barren.map(({ name }) => name),
    left: [...reading.left, ...others.flatMap(({ left }) => left)],
    passedOver: [
      ...new Set([
        ...reading.passedOver,
        ...others.flatMap(({ unrelated }) => unrelated),
        ...resources.flatMap(unrelatedOf),
      ]),
    ],
  };
}

/** Accumulates the documents. */
class Reading {
  readonly found: CalicoResource[] = [];
  readonly kubernetes: KubernetesNode[] = [];
  readonly problems: Problem[] = [];
  readonly passedOver: string[] = [];
  /** About duplicate names and fields next to a spec. */
  readonly left: LeftOut[] = [];
  /** v1 identities, by the resource they were converted to. */
  private readonly identities = new Map<string, string>();

  /** Returns whether it was a resource. */
  add(document: Document): boolean {
    const before = this.found.length + this.kubernetes.length;
    this.read(document);
    return this.found.length + this.kubernetes.length > before;
  }

  private read(document: Document): void {
    const { apiVersion, kind } = document;
    if (CALICO_KINDS.includes(kind as CalicoKind))
      this.left.push(...leftOfMetadata(kind as CalicoKind, metadataOf(document)));
    const name = `${kind}/${metadataOf(document).name ?? ''}`;
    const conversion = typeof kind === 'string' ? conversionOf(kind, apiVersion) : undefined;
    if (conversion) this.convert(document, conversion, name);
    else if (kind === 'Node' && apiVersion === 'v1')
      this.kubernetes.push(nodeOfKubernetes(metadataOf(document), document.status));
    else if (V3.includes(apiVersion as string) && CALICO_KINDS.includes(kind as CalicoKind))
      this.take(v3(document, kind as CalicoKind));
    else if (apiVersion !== 'v1' && CALICO_KINDS.includes(kind as CalicoKind) && !isForeign(apiVersion))
      this.problems.push(
        Problem.of(
          'manifest',
          `${JSON.stringify(apiVersion) ?? 'nothing'} is not a Calico version`,
          `${name} apiVersion`,
        ),
      );
    else if (typeof kind !== 'string') this.problems.push(Problem.of('manifest', 'a document has no kind'));
    else this.passedOver.push(name);
  }

  /** The last resource of a name applies; a warning is added if an earlier one differs. */
  private take(resource: CalicoResource): void {
    const path = resourceLabel(resource);
    const others = this.found.filter((it) => resourceLabel(it) === path);
    if (others.some((it) => JSON.stringify(it) !== JSON.stringify(resource)))
      this.left.push({ path, reason: 'there are several of this name that differ: the last one is used' });
    this.found.push(resource);
  }

  private convert(document: Document, conversion: Conversion, passedOver: string): void {
    const converted = convert(document, conversion);
    if (converted === undefined) this.passedOver.push(passedOver);
    else if (Array.isArray(converted)) this.problems.push(...converted);
    else {
      const { resource, identity, isPart, unrelated = [] } = converted;
      const name = resourceLabel(resource);
      const before = this.identities.get(name) ?? identity;
      if (before !== identity)
        this.problems.push(Problem.of('duplicate-name', `${before} and ${identity} would have the same name`, name));
      this.identities.set(name, before);
      this.passedOver.push(...unrelated);
      if (isPart) this.found.push(joined(this.found, resource));
      else this.take(resource);
    }
  }
}

/** Warning about fields next to a spec. */
function leftOfMetadata(kind: CalicoKind, { name, annotations, labels }: Document): LeftOut[] {
  const path = `${kind}/${name ?? ''}`;
  return [...leftOfAnnotations(kind, path, annotations), ...labelsToQuote(path, labels)];
}

/** Fields unrelated to BGP: `IPPool spec.blockSize`. */
const unrelatedOf = ({ kind, spec }: CalicoResource): string[] =>
  untakenOf(ROWS[kind], spec, 'spec.').unrelated.map((path) => `${kind} ${path}`);

/** API versions of other projects, which may have kinds of the same names. */
const isForeign = (apiVersion: unknown): boolean =>
  typeof apiVersion === 'string' && apiVersion !== '' && !apiVersion.includes('projectcalico.org');

const metadataOf = ({ metadata }: Readonly<Record<string, unknown>>) => (isRecord(metadata) ? metadata : {});

function v3(document: Readonly<Record<string, unknown>>, kind: CalicoKind): CalicoResource {
  const { name, labels } = metadataOf(document);
  return resource(kind, String(name ?? ''), isRecord(document.spec) ? document.spec : {}, labelsOf(labels));
}

/** Merges a resource into what was read about it before; it takes precedence. */
function joined(found: readonly CalicoResource[], part: CalicoResource): CalicoResource {
  const before = found.findLast((it) => resourceLabel(it) === resourceLabel(part));
  return before ? { ...before, spec: { ...before.spec, ...part.spec } } : part;
}

function lastOfEachName(resources: readonly CalicoResource[]): CalicoResource[] {
  const last = new Map(resources.map((it) => [resourceLabel(it), it]));
  return resources.filter((it) => last.get(resourceLabel(it)) === it);
}
