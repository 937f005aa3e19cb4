/** Resources of Calico that BGP is made of. */
export const CALICO_KINDS = ['BGPConfiguration', 'BGPPeer', 'BGPFilter', 'Node', 'IPPool', 'BlockAffinity'] as const;

export type CalicoKind = (typeof CALICO_KINDS)[number];

/** The version that everything is brought to. */
export const API_VERSION = 'projectcalico.org/v3';

/** What annotations of ours begin with: they hold what Calico has no field for. */
export const OWN_ANNOTATION = 'peerform/';

/** The values under `spec`, as they stand in the manifest. */
export type Spec = Readonly<Record<string, unknown>>;

/** A resource in its v3 form. */
export interface CalicoResource {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: CalicoKind;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Spec;
}

/** `BGPPeer/rack1`: how problems call a resource. */
export const resourceLabel = ({ kind, metadata }: CalicoResource): string => `${kind}/${metadata.name}`;

export function resource(
  kind: CalicoKind,
  name: string,
  spec: Spec,
  labels?: Readonly<Record<string, string>>,
): CalicoResource {
  return { apiVersion: API_VERSION, kind, metadata: { name, ...(labels && { labels }) }, spec };
}
