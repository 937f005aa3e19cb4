import type { Figure } from './scenario';

/** All figures of a run, by work and daemon. */
export class Results {
  private readonly rows = new Map<string, Map<string, Figure[]>>();
  private readonly failures = new Map<string, string>();

  add(daemon: string, figure: Figure): void {
    const row = this.rows.get(figure.work) ?? new Map<string, Figure[]>();
    this.rows.set(figure.work, row);
    row.set(daemon, [...(row.get(daemon) ?? []), figure]);
  }

  fail(daemon: string, what: string, reason: string): void {
    this.failures.set(`${daemon}, ${what}`, reason);
  }

  /** A table in Markdown: a line for each work, a column for each daemon with its ratio to the first one. */
  table(daemons: readonly string[]): string {
    const [base] = daemons;
    const lines = [
      `| work | ${daemons.join(' | ')} |`,
      `|---|${daemons.map(() => '---').join('|')}|`,
      ...[...this.rows].map(
        ([work, row]) =>
          `| ${work}, ${unitOf(row)} | ${daemons.map((daemon) => cell(row.get(daemon), daemon === base ? undefined : row.get(base))).join(' | ')} |`,
      ),
    ];
    const failed = [...this.failures].map(([what, reason]) => `- ${what}: ${reason}`);
    return `${[...lines, ...(failed.length > 0 ? ['', 'Not finished:', '', ...failed] : [])].join('\n')}\n`;
  }
}

/** The figure that counts: the median of those that nobody disturbed, where there are such, else of all. */
function median(figures: readonly Figure[]): Figure {
  const clean = figures.filter(({ disturbed }) => !disturbed);
  const sorted = [...(clean.length > 0 ? clean : figures)].sort((a, b) => a.value - b.value);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function cell(figures: readonly Figure[] | undefined, base: readonly Figure[] | undefined): string {
  if (!figures) return '–';
  const { value, processor, unit, disturbed } = median(figures);
  const ratio = base && ` (${(value / median(base).value).toFixed(2)}×)`;
  const time = processor === undefined ? '' : `, ${number(processor, unit)} CPU`;
  return `${number(value, unit)}${ratio ?? ''}${time}${disturbed ? ' ~' : ''}`;
}

const number = (value: number, unit: Figure['unit']): string =>
  unit === 's' ? value.toFixed(value < 10 ? 3 : 1) : value.toFixed(0);

const unitOf = (row: ReadonlyMap<string, readonly Figure[]>): string => [...row.values()][0][0].unit;
