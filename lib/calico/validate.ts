import { Problem } from '../model/problem';
import { type Check, resourceName } from './check';
import { bgpConfigurationSpec, globalFieldProblems } from './kind/bgp-configuration';
import { bgpFilterSpec } from './kind/bgp-filter';
import { bgpPeerSpec } from './kind/bgp-peer';
import { blockAffinitySpec } from './kind/block-affinity';
import { ipPoolSpec } from './kind/ip-pool';
import { nodeSpec } from './kind/node';
import { type CalicoKind, type CalicoResource, resourceLabel } from './resource';

const SPECS: Record<CalicoKind, Check> = {
  BGPConfiguration: bgpConfigurationSpec,
  BGPPeer: bgpPeerSpec,
  BGPFilter: bgpFilterSpec,
  Node: nodeSpec,
  IPPool: ipPoolSpec,
  BlockAffinity: blockAffinitySpec,
};

/** All problems that Calico would report for the resources, with paths such as `BGPPeer/rack1 spec.peerIP`. */
export function validate(resources: readonly CalicoResource[]): Problem[] {
  const filters = new Set(resources.filter(({ kind }) => kind === 'BGPFilter').map(({ metadata }) => metadata.name));
  return resources.flatMap((resource) => [
    ...nameProblems(resource),
    ...[...SPECS[resource.kind](resource.spec), ...crossProblems(resource, filters)].map((problem) =>
      located(resource, problem.under('spec')),
    ),
  ]);
}

/** Prefixes the problem's path with the resource. */
const located = (resource: CalicoResource, { code, message, path }: Problem): Problem =>
  Problem.of(code, message, `${resourceLabel(resource)} ${path.replaceAll('.[', '[')}`);

function nameProblems(resource: CalicoResource): Problem[] {
  const { name } = resource.metadata;
  if (name === '') return [located(resource, Problem.of('calico-resource', 'the name is missing', 'metadata.name'))];
  return resourceName(name).map((problem) => located(resource, problem.under('metadata.name')));
}

function crossProblems({ kind, metadata, spec }: CalicoResource, filters: ReadonlySet<string>): Problem[] {
  if (kind === 'BGPConfiguration') return globalFieldProblems(metadata.name, spec);
  if (kind !== 'BGPPeer' || !Array.isArray(spec.filters)) return [];
  return spec.filters.flatMap((name, i) =>
    typeof name !== 'string' || filters.has(name)
      ? []
      : [Problem.of('unknown-filter', `there is no BGPFilter ${name}`, `filters[${i}]`)],
  );
}
