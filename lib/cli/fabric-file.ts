import type { Fabric } from '../model/fabric';
import { describeHostBits, hostBitsIn } from '../model/host-bits';
import { InvalidInput, writtenPath } from '../model/problem';
import { readAccepted, readFabric } from '../model/read';
import { fabricShape } from '../model/shape';
import type { PlannedImpact } from '../preview/preview';
import { joined } from '../provider/resource/forms';
import { specOf } from '../provider/spec';
import { equal, isValues, type Value, type Values } from '../provider/value';
import { type CodePlaces, notedPlaces } from './code-places';
import { CommandError } from './exit-codes';
import { type GateTimes, gateTimesIn } from './gate-times';
import { plannedImpact } from './planned-impact';
import { line, printError } from './terminal';
import { type Found, fabricsIn, unknownPlaces, withoutUnknownEndpoints } from './terraform-json';
import { readText } from './text-file';

/** Contents of a file: a fabric and, for a stack, its rollout. */
export interface FabricFile {
  readonly fabric: Fabric;
  readonly waves: readonly (readonly string[])[];
  readonly allowDisruption: boolean;
  /** Its edition comes from the state of the fabric; it was parsed as the first. */
  readonly isOfOpenEdition: boolean;
  /** What a plan changes; undefined if the file is not a plan, or there was no fabric. */
  readonly before?: Fabric;
  /** `secrets_version`; null: it has none. Undefined: the file is a plain fabric, which has no secrets. */
  readonly secretsVersion?: Value;
  /** Whether the change delivers secrets again, so that each may have another value. Unset: no. */
  readonly isRotated?: boolean;
  /** It is a plan, which includes the previous fabric. */
  readonly isPlan: boolean;
  /** The plan's own impact. */
  readonly planned?: PlannedImpact;
  /** Gate timeouts of its waves. */
  readonly gateTimes: GateTimes;
  /** Source locations of its objects, as recorded in this file by the synth. */
  readonly places: CodePlaces;
}

/** A fabric that a plan destroys. */
export interface DestroyedFabric {
  readonly before: Fabric;
  readonly isDestroyed: true;
}

/** File formats that contain a fabric. */
export const FABRIC_FILES = 'a fabric file, cdk.tf.json, or what `terraform show -json PLAN` prints';

/**
 * Reads a fabric from a JSON file: plain, `cdk.tf.json` as written by `cdktf synth`, or the output of `terraform show
 * -json` for a plan or state. `name` selects one of several fabrics. Throws {@link InvalidInput} with all problems,
 * {@link CommandError} if there is no fabric.
 */
export function readFabricFile(path: string, name?: string): FabricFile {
  const found = foundIn(path);
  return found.all ? fabricOf(pick(found.all, path, name), path, found.gateTimes) : found.plain;
}

/** All fabrics of such a file, or the one with this name, including those that a plan destroys. */
export function readFabricFiles(path: string, name?: string): (FabricFile | DestroyedFabric)[] {
  const found = foundIn(path);
  if (!found.all) {
    const { fabric } = found.plain;
    if (name !== undefined && name !== fabric.name)
      throw new CommandError('usage', `${path} does not contain fabric ${name}, but ${fabric.name}`);
    return [found.plain];
  }
  const wanted = name !== undefined || found.all.length < 2 ? [pick(found.all, path, name)] : found.all;
  return wanted.map((one) => {
    const former = one.after === null && one.before ? formerOf(one.before) : undefined;
    return former ? { before: former, isDestroyed: true } : fabricOf(one, path, found.gateTimes);
  });
}

function foundIn(
  path: string,
): { readonly all: readonly Found[]; readonly gateTimes: GateTimes } | { readonly all?: undefined; plain: FabricFile } {
  const content = parse(path);
  const all = fabricsIn(content);
  return all ? { all, gateTimes: gateTimesIn(content) } : { plain: plainFile(content, path) };
}

const formerOf = (before: Values): Fabric | undefined => readAccepted(specOf(withoutUnknownEndpoints(before))).fabric;

function fabricOf({ before, after, impact }: Found, path: string, gateTimes: GateTimes): FabricFile {
  if (after === null)
    throw new CommandError(
      'usage',
      `${path} destroys fabric ${String(before?.name)}: all of its sessions will be closed`,
    );
  const misspelt = joined(after).problems.map(({ summary, detail }) => `${summary}. ${detail}`);
  if (misspelt.length > 0) throw new CommandError('usage', `${path}: ${misspelt.join('\n')}`);
  const attributes = withoutUnknownEndpoints(after);
  const spec = specOf(attributes);
  const { fabric, problems } = readFabric(spec);
  if (!fabric && problems.length === 0) throw new CommandError('usage', `${path}: ${notKnownYet(attributes)}`);
  if (!fabric) throw new InvalidInput(problems, path);
  warn(path, spec);
  const former = before ? formerOf(before) : undefined;
  return {
    fabric,
    waves: Array.isArray(attributes.waves) ? (attributes.waves as string[][]) : [],
    allowDisruption: attributes.allow_disruption === true,
    isOfOpenEdition: (attributes.edition ?? null) === null,
    isPlan: before !== undefined,
    ...{ gateTimes, places: notedPlaces(after['//']) },
    secretsVersion: attributes.secrets_version ?? null,
    ...(former && { before: former, isRotated: isOther(before?.secrets_version, attributes.secrets_version) }),
    ...(impact && { planned: plannedImpact(impact) }),
  };
}

/** A file as a change of this fabric: a stack without an edition keeps the fabric's, as in Terraform. */
export function asChangeOf({ edition }: Fabric, file: FabricFile): FabricFile {
  return file.isOfOpenEdition ? { ...file, fabric: { ...file.fabric, edition } } : file;
}

/** The same for a change from another file, which may have other secrets. */
export function asChangeFrom(former: FabricFile, file: FabricFile): FabricFile {
  const areKnown = former.secretsVersion !== undefined && file.secretsVersion !== undefined;
  const isRotated = areKnown && isOther(former.secretsVersion, file.secretsVersion);
  return { ...asChangeOf(former.fabric, file), isRotated };
}

const isOther = (one: Value | undefined, other: Value | undefined): boolean => !equal(one ?? null, other ?? null);

/** A fabric file has neither waves nor source locations. */
const NOTHING_NOTED = { gateTimes: () => undefined, places: new Map<string, string>() };

/** A fabric in the model's own form. */
function plainFile(content: unknown, path: string): FabricFile {
  if (isState(content))
    throw new CommandError(
      'usage',
      `${path} is a state as Terraform keeps it: \`terraform show -json\` prints what can be read`,
    );
  if (!mayBeFabric(content)) throw new CommandError('usage', `${path} does not contain a fabric: pass ${FABRIC_FILES}`);
  const { fabric, problems } = readFabric(content);
  if (!fabric) throw new InvalidInput(problems, path);
  warn(path, content);
  return { fabric, waves: [], allowDisruption: false, isOfOpenEdition: false, isPlan: false, ...NOTHING_NOTED };
}

/** Warns on standard error about valid input that may not be intended. */
function warn(path: string, spec: unknown): void {
  for (const bits of hostBitsIn(spec))
    printError(line`${path}: warning: ${writtenPath(bits.path)}: ${describeHostBits(bits)}`);
}

const isState = (content: unknown): boolean =>
  isValues(content as Values) && Array.isArray((content as Values).resources) && 'version' in (content as Values);

/**
 * Whether an object has any fabric fields: many files have a name, and listing the problems of their fields would not
 * help.
 */
function mayBeFabric(content: unknown): boolean {
  if (!isValues(content as Values)) return false;
  const names = Object.keys(content as object);
  const own = names.filter((name) => Object.hasOwn(fabricShape().fields, name));
  return own.some((name) => name !== 'name') || names.every((name) => name === 'name');
}

function parse(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(
      'usage',
      `${path} ${otherKind(path, text) ?? `is not valid JSON (${(error as Error).message})`}`,
    );
  }
}

/** Advice for common files that are not JSON. */
function otherKind(path: string, text: string): string | undefined {
  if (text.startsWith('PK'))
    return 'is a plan as Terraform keeps it: `terraform show -json PLAN > plan.json` writes what can be read';
  if (text.trim() === '') return `is empty: pass ${FABRIC_FILES}`;
  if (/\.tf(vars)?$/.test(path) || /^\s*(resource|terraform|module|variable)\b/m.test(text))
    return 'is HCL, which only Terraform reads: `terraform plan -out=PLAN && terraform show -json PLAN > plan.json` writes what can be read';
  if (/^apiVersion:\s|^kind:\s/m.test(text)) return 'holds manifests: `peerform import calico` reads those of Calico';
  if (/\.[cm]?[jt]s$/.test(path)) return 'is a program: `cdktf synth` writes cdk.tf.json, which can be read';
  return undefined;
}

function pick(all: readonly Found[], path: string, name?: string): Found {
  const wanted = all.filter((one) => name === undefined || one.name === name);
  if (wanted.length === 1) return wanted[0];
  const known = all.map((one) => one.name).join(', ');
  throw new CommandError(
    'usage',
    all.length === 0
      ? `${path} does not contain a fabric`
      : wanted.length === 0
        ? `${path} does not contain fabric ${name}, but ${known}`
        : `${path} contains the fabrics ${known}; choose one with --fabric`,
  );
}

/** Maximum number of locations listed. */
const MOST_PLACES = 3;

function notKnownYet(attributes: Values): string {
  const places = unknownPlaces(specOf(attributes) as Values);
  const shown = places.slice(0, MOST_PLACES).join(', ');
  const more = places.length > MOST_PLACES ? ` and ${places.length - MOST_PLACES} more` : '';
  return `${shown}${more} will be known only when Terraform runs, and the effect of the change depends on it. For a stack, plan it and pass the output of \`terraform show -json PLAN\`; for a plan, first apply what the value comes from (-target)`;
}
