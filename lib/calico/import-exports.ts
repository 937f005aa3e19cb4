import type { FilterRuleSpec } from '../model/filter';
import { isRecord } from './documents';
import { networkOf } from './network';
import type { CalicoResource, Spec } from './resource';

const SERVICES = ['serviceClusterIPs', 'serviceExternalIPs', 'serviceLoadBalancerIPs'] as const;

/** The prefixes in a list of services. */
export function servicesOf(spec: Spec | undefined, field: (typeof SERVICES)[number]): string[] {
  const blocks = spec?.[field];
  return (Array.isArray(blocks) ? blocks : []).filter(isRecord).flatMap(({ cidr }) => (cidr ? [String(cidr)] : []));
}

/**
 * What Calico exports after the filters of a peer: routes within IP pools, except pools with export disabled, and
 * services.
 */
export function exportOf(pools: readonly CalicoResource[], configuration: Spec | undefined): FilterRuleSpec[] {
  if (pools.length === 0) return [{ source: 'workload', action: 'accept' }];
  const sorted = [...pools].sort((a, b) => lengthOf(b) - lengthOf(a)); // most specific pool first
  const services = new Set(SERVICES.flatMap((field) => servicesOf(configuration, field)));
  return [
    ...sorted.map(
      ({ spec }): FilterRuleSpec => ({
        prefix: spec.cidr as string,
        action: spec.disableBGPExport === true ? 'reject' : 'accept',
      }),
    ),
    ...Array.from(services, (prefix): FilterRuleSpec => ({ prefix, action: 'accept' })),
  ];
}

const lengthOf = ({ spec }: CalicoResource): number => networkOf(spec.cidr)?.length ?? 0;
