/** Calico resources that BGP is configured with. */
export const CALICO_KINDS = ['BGPConfiguration', 'BGPPeer', 'BGPFilter', 'Node', 'IPPool', 'BlockAffinity'] as const;

export type CalicoKind = (typeof CALICO_KINDS)[number];

/** The version that everything is converted to. */
export const API_VERSION = 'projectcalico.org/v3';

/** Prefix of our annotations for what Calico has no field for. */
export const OWN_ANNOTATION = 'peerform/';

/** The values under `spec`, as in the manifest. */
export type Spec = Readonly<Record<string, unknown>>;

/** A resource in its v3 form. */
export interface CalicoResource {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: CalicoKind;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Spec;
}

/** `BGPPeer/rack1`: a resource in problems. */
export const resourceLabel = ({ kind, metadata }: CalicoResource): string => `${kind}/${metadata.name}`;

export function resource(
  kind: CalicoKind,
  name: string,
  spec: Spec,
  labels?: Readonly<Record<string, string>>,
): CalicoResource {
  return { apiVersion: API_VERSION, kind, metadata: { name, ...(labels && { labels }) }, spec };
}
