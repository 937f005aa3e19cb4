import type { Fabric } from '../model/fabric';
import { type LabPlan, NO_PLAN } from './lab-plan';
import { planLab } from './plan';

/** The plan of a lab that followed these fabrics in order. */
export const planOf = (fabrics: readonly Fabric[]): LabPlan =>
  fabrics.reduce((plan, fabric) => planLab(fabric, plan), NO_PLAN);

/** The subset of the fabrics that still determines a name in the lab: nothing is kept for parts that are gone. */
export function needed(fabrics: readonly Fabric[]): readonly Fabric[] {
  const plan = textOf(fabrics);
  for (const fabric of fabrics.slice(0, -1)) {
    const without = fabrics.filter((one) => one !== fabric);
    if (textOf(without) === plan) return needed(without);
  }
  return fabrics;
}

const textOf = (fabrics: readonly Fabric[]): string => JSON.stringify(planOf(fabrics));
