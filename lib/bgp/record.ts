import { IpAddress } from '../model/address';
import type { FilterRule, Policy } from '../model/filter';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import type { SessionConfig } from './session/config';
import { type Effect, type Input, Speaker, type SpeakerOptions } from './speaker';

/**
 * A run of a speaker as JSON lines: first its options, then each input with its time and its effects. Octets are written as
 * `{"hex": "ff00"}`; addresses and prefixes as text. Secrets are in no input, so none is in a record.
 */
export const firstLine = (options: SpeakerOptions): string => {
  const { seed, restartingFor } = options;
  return JSON.stringify({ version: 1, seed, ...(restartingFor !== undefined && { restartingFor }) });
};

/** The line of one input. */
export const recordLine = (at: number, input: Input, effects: readonly Effect[]): string =>
  JSON.stringify({ at, input, effects }, (_key, value: unknown) =>
    value instanceof Uint8Array ? { hex: toHex(value) } : value,
  );

/** Where a replay differs from what was recorded: the line, from 1 on, and both. */
export interface Difference {
  readonly line: number;
  readonly recorded: string;
  readonly replayed: string;
}

/**
 * Gives a new speaker the recorded inputs at the recorded times. Undefined: every effect is the same, to the octet. What is no
 * record throws: a record is a program's output, not somebody's input.
 */
export function replay(lines: Iterable<string>): Difference | undefined {
  let speaker: Speaker | undefined,
    line = 0;
  for (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    if (!speaker) {
      speaker = new Speaker(JSON.parse(text) as SpeakerOptions);
      continue;
    }
    const { at, input } = JSON.parse(text, revive) as { at: number; input: Input };
    const taken = fromText(input);
    const replayed = recordLine(at, taken, speaker.handle(taken, at));
    if (replayed !== text) return { line, recorded: text, replayed };
  }
  return undefined;
}

function revive(_key: string, value: unknown): unknown {
  const hex = typeof value === 'object' && value !== null && 'hex' in value ? value.hex : undefined;
  return typeof hex === 'string' ? fromHex(hex) : value;
}

/** Addresses and prefixes of an input as values again. */
function fromText(input: Input): Input {
  if (input.kind === 'configure') return { ...input, sessions: input.sessions.map(sessionFrom) };
  if (input.kind === 'originate' || input.kind === 'withdraw')
    return { ...input, prefix: sure(Prefix.parse(input.prefix as unknown)) };
  if (input.kind === 'nextHops')
    return { ...input, changes: input.changes.map((change) => ({ ...change, address: address(change.address) })) };
  return input;
}

function sessionFrom(config: SessionConfig): SessionConfig {
  const { ipv4, ipv6 } = config.localAddresses;
  return {
    ...config,
    localAddress: address(config.localAddress),
    remoteAddress: address(config.remoteAddress),
    importPolicy: policyFrom(config.importPolicy),
    exportPolicy: policyFrom(config.exportPolicy),
    localAddresses: { ...(ipv4 && { ipv4: address(ipv4) }), ...(ipv6 && { ipv6: address(ipv6) }) },
  };
}

const policyFrom = ({ rules, ...rest }: Policy): Policy => ({
  rules: rules.map((rule: FilterRule) =>
    rule.prefix ? { ...rule, prefix: sure(Prefix.parse(rule.prefix as unknown)) } : rule,
  ),
  ...rest,
});

const address = (text: unknown): IpAddress => sure(IpAddress.parse(text));

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('');
const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
