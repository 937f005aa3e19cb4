import { type Figure, short } from './scenario';

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

  /** A table in Markdown: how the cost of each kind of work grows with its size. */
  growth(daemons: readonly string[]): string {
    const kinds = new Map<string, Map<string, Figure[]>[]>();
    for (const [work, row] of this.rows) {
      const { size } = [...row.values()][0][0];
      const kind = size === undefined ? work : work.replace(new RegExp(`\\b${short(size)}\\b`), 'N');
      kinds.set(kind, [...(kinds.get(kind) ?? []), row]);
    }
    const lines = [...kinds].flatMap(([kind, rows]) => {
      const cells = daemons.map((daemon) =>
        growthLines(rows.flatMap((row) => (row.has(daemon) ? [row.get(daemon)!] : []))),
      );
      return cells.every((one) => one === undefined)
        ? []
        : [`| ${kind} | ${cells.map((one) => one ?? '–').join(' | ')} |`];
    });
    return `CPU time or memory by size, and between two sizes the exponent of its growth (^1 is linear):

| work | ${daemons.join(' | ')} |
|---|${daemons.map(() => '---').join('|')}|
${lines.join('\n')}
`;
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

/** A step of the exponent of cost over size that is more than noise. */
const LINEAR = 1.1;

/**
 * How the costs of one kind of work grow: for each daemon the cost of each size (CPU time, memory) and, between two of
 * them, the exponent: 1 is linear, and more is marked. Small sizes cost what does not depend on size.
 */
function growthLines(rows: readonly (readonly Figure[])[]): string | undefined {
  const points = rows
    .map((figures) => median(figures))
    .filter(({ unit }) => unit === 's' || unit === 'MB')
    .map((figure) => ({ size: figure.size ?? 0, cost: figure.processor ?? figure.value, unit: figure.unit }))
    .filter(({ size, cost }) => size > 0 && cost > 0)
    .sort((a, b) => a.size - b.size);
  if (points.length < 2) return undefined;
  return points
    .map(({ size, cost, unit }, i) => {
      const text = `${cost.toPrecision(3)} ${unit}`;
      if (i === 0) return text;
      const exponent = Math.log(cost / points[i - 1].cost) / Math.log(size / points[i - 1].size);
      return `^${exponent.toFixed(2)}${exponent > LINEAR ? ' **more than linear**' : ''} ${text}`;
    })
    .join(', ');
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
