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

/** What came of reading manifests. */
interface Manifests {
  /** What was read, in its v3 form and in the order of the text; of two of one name the later. */
  readonly resources: readonly CalicoResource[];
  readonly problems: readonly Problem[];
  /** What of nodes of Kubernetes no resource of Calico holds. */
  readonly left: readonly LeftOut[];
  /** `NetworkPolicy/web`, `IPPool spec.blockSize`: what means nothing to BGP and was passed over. */
  readonly passedOver: readonly string[];
  /** Files from which no resource came: they are empty, or hold nothing of BGP. */
  readonly barren: readonly string[];
}

/** A text of manifests, and what problems call it. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string;
}

/** Versions of v3: as people write it, and as the datastore of Kubernetes holds it. */
const V3 = [API_VERSION, 'crd.projectcalico.org/v1'];

type Document = Readonly<Record<string, unknown>>;

/**
 * Reads manifests of calicoctl 1.x (`apiVersion: v1`) and of Calico v3; v1 is converted and named as Calico's own
 * upgrade does.
 */
export function readManifests(...files: readonly ManifestFile[]): Manifests {
  const read = files.map(({ name, text }) => readDocuments(text, name));
  const reading = new Reading();
  const barren = files.filter((_, i) => !read[i].documents.map((document) => reading.add(document)).some(Boolean));
  const { found, kubernetes } = reading;
  const own = new Set(found.map(resourceLabel));
  // what Calico itself says of a node says it all
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

/** What is read, one document after the other. */
class Reading {
  readonly found: CalicoResource[] = [];
  readonly kubernetes: KubernetesNode[] = [];
  readonly problems: Problem[] = [];
  readonly passedOver: string[] = [];
  /** Of names that are there more than once, and of what is beside a spec. */
  readonly left: LeftOut[] = [];
  /** Of v1, by what they became. */
  private readonly identities = new Map<string, string>();

  /** Whether a resource came of it. */
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

  /** The last of a name counts; a warning says where another differs. */
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

/** The warning about fields next to a spec. */
function leftOfMetadata(kind: CalicoKind, { name, annotations, labels }: Document): LeftOut[] {
  const path = `${kind}/${name ?? ''}`;
  return [...leftOfAnnotations(kind, path, annotations), ...labelsToQuote(path, labels)];
}

/** `IPPool spec.blockSize`: the fields that mean nothing to BGP. */
const unrelatedOf = ({ kind, spec }: CalicoResource): string[] =>
  untakenOf(ROWS[kind], spec, 'spec.').unrelated.map((path) => `${kind} ${path}`);

/** Versions of others, who may have kinds of the same names. */
const isForeign = (apiVersion: unknown): boolean =>
  typeof apiVersion === 'string' && apiVersion !== '' && !apiVersion.includes('projectcalico.org');

const metadataOf = ({ metadata }: Readonly<Record<string, unknown>>) => (isRecord(metadata) ? metadata : {});

function v3(document: Readonly<Record<string, unknown>>, kind: CalicoKind): CalicoResource {
  const { name, labels } = metadataOf(document);
  return resource(kind, String(name ?? ''), isRecord(document.spec) ? document.spec : {}, labelsOf(labels));
}

/** A resource with what was said of it before, where this does not say otherwise. */
function joined(found: readonly CalicoResource[], part: CalicoResource): CalicoResource {
  const before = found.findLast((it) => resourceLabel(it) === resourceLabel(part));
  return before ? { ...before, spec: { ...before.spec, ...part.spec } } : part;
}

function lastOfEachName(resources: readonly CalicoResource[]): CalicoResource[] {
  const last = new Map(resources.map((it) => [resourceLabel(it), it]));
  return resources.filter((it) => last.get(resourceLabel(it)) === it);
}
