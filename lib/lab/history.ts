import type { Fabric } from '../model/fabric';
import { type LabPlan, NO_PLAN } from './lab-plan';
import { planLab } from './plan';

/** What a lab is that followed these fabrics, one after another. */
export const planOf = (fabrics: readonly Fabric[]): LabPlan =>
  fabrics.reduce((plan, fabric) => planLab(fabric, plan), NO_PLAN);

/**
 * Of the fabrics that a lab followed those without which something of it would be called otherwise: of what is gone
 * from the lab nothing stays.
 */
export function needed(fabrics: readonly Fabric[]): readonly Fabric[] {
  const plan = textOf(fabrics);
  for (const fabric of fabrics.slice(0, -1)) {
    const without = fabrics.filter((one) => one !== fabric);
    if (textOf(without) === plan) return needed(without);
  }
  return fabrics;
}

const textOf = (fabrics: readonly Fabric[]): string => JSON.stringify(planOf(fabrics));
