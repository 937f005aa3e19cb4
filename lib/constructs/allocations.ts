import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AsNumber, type AsNumberInput } from '../model/as-number';
import { Problem } from '../model/problem';

/** AS numbers from one to another, both included. */
export interface AsNumberRange {
  readonly from: AsNumberInput;
  readonly to: AsNumberInput;
}

/** The file of a project's allocations, beside its cdktf.json. It is committed. */
export const LOCK_FILE = 'peerform.lock.json';

/** Fabric → rack → AS number. */
interface Content {
  readonly fabrics: Readonly<Record<string, { readonly racks: Readonly<Record<string, number>> }>>;
}

/**
 * What was allocated once, for good: the AS number of a rack must be the same in every synth, whatever racks come or go. The file is extended and
 * nothing in it is ever rewritten; with CI=true it is not extended either, as nobody would commit it.
 */
export class Allocations {
  /** Those of the project that the working directory lies in: of the folder with cdktf.json, this one or one above; else of this one. */
  static ofProject(start = process.cwd()): Allocations {
    for (let folder = start; ; folder = dirname(folder)) {
      if (existsSync(join(folder, 'cdktf.json'))) return new Allocations(join(folder, LOCK_FILE));
      if (folder === dirname(folder)) return new Allocations(join(start, LOCK_FILE));
    }
  }

  constructor(private readonly path: string) {}

  /**
   * The AS number of a rack: what is allocated, or the lowest of the range that no rack of the fabric has. `others`: asked for numbers that others have who stand
   * in no file. Throws where there is none.
   */
  asNumberOf(
    fabric: string,
    rack: string,
    { from, to }: AsNumberRange,
    others: () => Iterable<number> = () => [],
  ): number {
    const [least, most] = [numberOf(rack, from), numberOf(rack, to)],
      content = this.read();
    if (least > most)
      throw new Error(`Rack ${rack}: asNumberRange: ${least} to ${most} is no range. Write the lesser number first.`);
    const racks = Object.hasOwn(content.fabrics, fabric) ? content.fabrics[fabric].racks : {};
    const twin = Object.keys(racks).find((name) => name !== rack && racks[name] === racks[rack]);
    if (twin !== undefined)
      throw new Error(
        `Rack ${rack}: ${this.path} gives it AS number ${racks[rack]}, which rack ${twin} has too, as where two branches each allocated one. Take the one that was not deployed yet out of the file, and synthesise again.`,
      );
    const isWithin = (as: number) => as >= least && as <= most;
    if (Object.hasOwn(racks, rack)) {
      if (isWithin(racks[rack])) return racks[rack];
      throw new Error(
        `Rack ${rack}: ${this.path} gives it AS number ${racks[rack]}, which is not from ${least} to ${most}. Numbers are for good: widen the range, or change the file by hand if the rack may be renumbered.`,
      );
    }
    if (process.env.CI === 'true' || process.env.CI === '1')
      throw new Error(
        `Rack ${rack}: ${this.path} has no AS number for it, and with CI=${process.env.CI} none is allocated. Run \`cdktf synth\` outside of CI and commit the file.`,
      );
    const taken = new Set([...Object.values(racks), ...others()]);
    let free = least;
    while (taken.has(free)) free++;
    if (!isWithin(free))
      throw new Error(`Rack ${rack}: no AS number from ${least} to ${most} is left. Widen the range.`);
    this.write({ fabrics: { ...content.fabrics, [fabric]: { racks: { ...racks, [rack]: free } } } });
    return free;
  }

  private read(): Content {
    if (!existsSync(this.path)) return { fabrics: {} };
    let content: unknown;
    try {
      content = JSON.parse(readFileSync(this.path, 'utf8'));
    } catch (error) {
      throw new Error(`${this.path} is no JSON: ${(error as Error).message}. Restore it from version control.`);
    }
    if (!isContent(content)) throw new Error(`${this.path} holds no allocations. Restore it from version control.`);
    return content;
  }

  private write(content: Content): void {
    writeFileSync(`${this.path}.new`, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(`${this.path}.new`, this.path);
  }
}

function isContent(value: unknown): value is Content {
  const isRecord = (it: unknown): it is Record<string, unknown> =>
    typeof it === 'object' && it !== null && !Array.isArray(it);
  return (
    isRecord(value) &&
    isRecord(value.fabrics) &&
    Object.values(value.fabrics).every(
      (fabric) =>
        isRecord(fabric) &&
        isRecord(fabric.racks) &&
        Object.values(fabric.racks).every((as) => AsNumber.parse(as) instanceof AsNumber),
    )
  );
}

function numberOf(rack: string, input: AsNumberInput): number {
  const as = AsNumber.parse(input);
  if (as instanceof Problem) throw new Error(`Rack ${rack}: asNumberRange: ${as}`);
  return as.value;
}
