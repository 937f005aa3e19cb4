import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { IConstruct } from 'constructs';
import { AsNumber, type AsNumberInput } from '../model/as-number';
import { Problem } from '../model/problem';

/** A range of AS numbers, inclusive at both ends. */
export interface AsNumberRange {
  /** Lowest number. */
  readonly from: AsNumberInput;
  /** Highest number. */
  readonly to: AsNumberInput;
}

/** Allocations of a project, next to its cdktf.json. Meant to be committed. */
const LOCK_FILE = 'peerform.lock.json';

/** Fabric → rack → AS number. */
interface Content {
  readonly fabrics: Readonly<Record<string, { readonly racks: Readonly<Record<string, number>> }>>;
}

/** A rack that was allocated a number in this synth. */
interface Added {
  readonly fabric: string;
  readonly rack: string;
}

const BY_APP = new WeakMap<IConstruct, Allocations>();

/**
 * Permanent allocations: the AS number of a rack must be the same in every synth, whatever racks are added or removed.
 * The file is extended when the app is synthesised ({@link keep}), and existing entries are never changed. With CI=true
 * it is not extended, as nobody would commit it. Unit tests of an app do not write it.
 */
export class Allocations {
  /** The allocations of the app that contains a construct. */
  static of({ node: { root } }: IConstruct): Allocations {
    if (!BY_APP.has(root)) BY_APP.set(root, Allocations.ofProject());
    return BY_APP.get(root)!;
  }

  /**
   * The allocations of the project that contains the working directory: of the nearest folder with cdktf.json, this one
   * or above, or else of this one.
   */
  static ofProject(start = process.cwd()): Allocations {
    for (let folder = start; ; folder = dirname(folder)) {
      if (existsSync(join(folder, 'cdktf.json'))) return new Allocations(join(folder, LOCK_FILE));
      if (folder === dirname(folder)) return new Allocations(join(start, LOCK_FILE));
    }
  }

  private content: Content | undefined;
  private added: readonly Added[] = [];

  constructor(private readonly path: string) {}

  /**
   * The AS number of a rack: the allocated one, or the lowest of the range that is not in use in the fabric. `others`
   * returns numbers in use that are not in the file. Throws if the range is exhausted.
   */
  asNumberOf(
    fabric: string,
    rack: string,
    { from, to }: AsNumberRange,
    others: () => Iterable<number> = () => [],
  ): number {
    const [least, most] = [numberOf(rack, from), numberOf(rack, to)];
    const content = this.content ?? this.read();
    this.content = content;
    if (least > most)
      throw new Error(
        `Rack ${rack}: asNumberRange: ${least} to ${most} is not a valid range. Write the lower number first.`,
      );
    const racks = Object.hasOwn(content.fabrics, fabric) ? content.fabrics[fabric].racks : {};
    const twin = Object.keys(racks).find((name) => name !== rack && racks[name] === racks[rack]);
    if (twin !== undefined)
      throw new Error(
        `Rack ${rack}: ${this.path} gives it AS number ${racks[rack]}, which rack ${twin} also has, as happens when two branches each allocated one. Remove the one that has not been deployed yet from the file, and run synth again.`,
      );
    const isWithin = (as: number) => as >= least && as <= most;
    if (Object.hasOwn(racks, rack)) {
      if (isWithin(racks[rack])) return racks[rack];
      throw new Error(
        `Rack ${rack}: ${this.path} gives it AS number ${racks[rack]}, which is not between ${least} and ${most}. Allocations are permanent: widen the range, or edit the file if the rack may be renumbered.`,
      );
    }
    const taken = new Set([...Object.values(racks), ...others()]);
    let free = least;
    while (taken.has(free)) free++;
    if (!isWithin(free))
      throw new Error(`Rack ${rack}: every AS number from ${least} to ${most} is in use. Widen the range.`);
    this.content = withRack(content, { fabric, rack }, free);
    this.added = [...this.added, { fabric, rack }];
    return free;
  }

  /** Writes new allocations to the file. Throws in CI, where nobody would commit it. */
  keep(): void {
    const { added, content } = this;
    if (added.length === 0 || !content) return;
    if (process.env.CI === 'true' || process.env.CI === '1')
      throw new Error(
        `Rack ${added[0].rack}: ${this.path} has no AS number for it, and with CI=${process.env.CI} no number is allocated. Run \`cdktf synth\` outside CI and commit the file.`,
      );
    this.write(
      added.reduce((all, one) => withRack(all, one, content.fabrics[one.fabric].racks[one.rack]), this.read()),
    );
    this.added = [];
  }

  private read(): Content {
    if (!existsSync(this.path)) return { fabrics: {} };
    let content: unknown;
    try {
      content = JSON.parse(readFileSync(this.path, 'utf8'));
    } catch (error) {
      throw new Error(`${this.path} is not valid JSON: ${(error as Error).message}. Restore it from version control.`);
    }
    if (!isContent(content)) throw new Error(`${this.path} holds no allocations. Restore it from version control.`);
    return content;
  }

  private write(content: Content): void {
    writeFileSync(`${this.path}.new`, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(`${this.path}.new`, this.path);
  }
}

const withRack = ({ fabrics }: Content, { fabric, rack }: Added, as: number): Content => {
  const racks = Object.hasOwn(fabrics, fabric) ? fabrics[fabric].racks : {};
  return { fabrics: { ...fabrics, [fabric]: { racks: { ...racks, [rack]: as } } } };
};

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
