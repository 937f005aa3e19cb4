import { describeDemand, gateDemandsOf } from '../preview/gate-demands';
import { describeOtherSide, type OtherSide } from '../preview/other-side';
import type { Preview } from '../preview/preview';
import { describeRefusal } from '../preview/route-words';
import { describeWithdrawal } from '../preview/withdrawals';
import { describePaths, describePrefixes } from '../preview/words';
import type { Change } from './change';

/** What operators of outside neighbours must do during a step. */
interface Duty {
  readonly text: string;
  /** How to do it without loss, or with the least. */
  readonly way: string;
}

/** A wave as deployed. */
export interface RolloutStep {
  /** Counted from 1. */
  readonly wave: number;
  readonly nodes: readonly string[];
  /** Gate timeout in seconds. Unset: the resource's default. */
  readonly gate?: number;
  /** What its gate demands of outside neighbours. */
  readonly demands: readonly string[];
  /** What is missing from here until a later wave, and what would fail its gate. */
  readonly missing: readonly string[];
  readonly duties: readonly Duty[];
}

/** Default gate timeout in seconds. */
export const DEFAULT_GATE = 60;

/** The waves in order; nodes in none come last. */
export function stepsOf(preview: Preview, { before, after, waves = [], gateOf }: Change): RolloutStep[] {
  if (!after) return [];
  const listed = new Set(waves.flat());
  const rest = Object.keys(after.nodes).filter((name) => !listed.has(name));
  const all = [...waves, rest].filter((wave) => wave.length > 0);
  const demands = before ? gateDemandsOf(before, after) : [];
  const firstWave = (names: readonly string[]) =>
    all.findIndex((nodes) => nodes.some((node) => names.includes(node))) + 1;
  return all.map((nodes, i): RolloutStep => {
    const wave = i + 1;
    const gate = gateOf?.(nodes);
    const here = new Set(nodes);
    const isHere = (names: readonly string[]) => names.some((name) => here.has(name));
    const losses = preview.paths?.waves.find((one) => one.wave === wave);
    return {
      ...{ wave, nodes },
      ...(gate !== undefined && { gate }),
      demands: demands
        .filter((demand) => isHere(demand.nodes))
        .map((demand) => describeDemand({ ...demand, nodes: demand.nodes.filter((name) => here.has(name)) })),
      missing: [
        ...(losses ? describePaths(losses.paths.filter(({ kind }) => kind === 'lost')) : []),
        ...(losses ? describePrefixes(losses.prefixes) : []),
        ...(preview.routes?.routes.refused ?? [])
          .filter((refusal) => refusal.wave === wave)
          .map((refusal) => `${describeRefusal(refusal)}: the gate would fail`),
      ],
      duties: [
        ...(preview.routes?.others ?? []).filter(({ nodes: theirs }) => firstWave(theirs) === wave).map(dutyOf),
        ...(preview.routes?.withdrawals ?? [])
          .filter(({ nodes: theirs }) => firstWave(theirs) === wave)
          .map((withdrawal) => ({ text: describeWithdrawal(withdrawal), way: RETAIN })),
      ],
    };
  });
}

const RETAIN = 'Enable graceful restart on the neighbour before the deploy; helper mode is enough.';

const dutyOf = (other: OtherSide): Duty => ({ text: describeOtherSide(other), way: other.way });
