import type { PlannedImpact } from '../preview/preview';
import { isValues, type Values } from '../provider/value';

/** A plan's impact, from the fabric's `impact` in Terraform's JSON. What an older provider did not report is empty. */
export function plannedImpact(impact: Values): PlannedImpact {
  const number = (name: string) => (typeof impact[name] === 'number' ? impact[name] : 0);
  const texts = (name: string) => {
    const value = impact[name];
    return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
  };
  const reasons = isValues(impact.reasons) ? Object.entries(impact.reasons) : [];
  return {
    about: String(impact.about),
    isDisruptive: impact.disruptive === true,
    counts: { added: number('added'), removed: number('removed'), reset: number('reset'), retuned: number('retuned') },
    reasons: Object.fromEntries(reasons.filter((one): one is [string, number] => typeof one[1] === 'number')),
    ...{ examples: texts('examples'), routes: texts('routes'), otherSide: texts('other_side') },
  };
}
