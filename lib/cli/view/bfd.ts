import { hindranceOf } from '../../control/bfd-hindrance';
import type { BfdSessionStatus } from '../../control/bfd-status';

const time = (text: string): string => text.replace(/\.\d+Z$/, 'Z');
const hex = (discriminator: number): string => `0x${discriminator.toString(16).padStart(8, '0')}`;

/** BFD parameters of a session, as lines for users. */
export function bfdLines(bfd: BfdSessionStatus): string[] {
  const { transmitInterval, detectionTime, localDiscriminator, remote } = bfd;
  const intervals = [
    ...(transmitInterval === undefined ? [] : [`sends every ${transmitInterval} ms`]),
    ...(detectionTime === undefined ? [] : [`detects a failure within ${detectionTime} ms`]),
  ];
  const discriminators = [
    ...(localDiscriminator === undefined ? [] : [`local discriminator ${hex(localDiscriminator)}`]),
    ...(remote?.discriminator === undefined ? [] : [`remote ${hex(remote.discriminator)}`]),
  ];
  const more = [...intervals, ...discriminators].join(', ');
  return [
    bfd.state === undefined ? bfdStateText(bfd) : `BFD ${bfdStateText(bfd)}`,
    ...(more === '' ? [] : [`BFD ${more}`]),
    ...fallsOf(bfd),
  ];
}

/** BFD state, reason, and since when. */
export function bfdStateText(bfd: BfdSessionStatus): string {
  const { state, since, reason, trouble, isDeaf, isStrict } = bfd;
  if (state === undefined) return trouble ?? 'the BFD process has not reported yet';
  const at = since === undefined ? '' : ` since ${time(since)}`;
  const { hindrance, text } = hindranceOf(bfd) ?? {};
  const why = state === 'Up' ? [] : [reason, hindrance === 'admin-down' && reason !== undefined ? undefined : text];
  const parts = [
    `${state}${at}`,
    ...why.flatMap((part) => part ?? []),
    ...(trouble === undefined || isDeaf ? [] : [trouble]), // the hindrance has it
    ...(isStrict && state !== 'Up' ? ['the session waits for it'] : []),
  ];
  return parts.join('; ');
}

const fallsOf = ({ downs = 0, lastDown, lastDownReason }: BfdSessionStatus): string[] =>
  downs === 0 || lastDown === undefined
    ? []
    : [
        `BFD went down ${downs === 1 ? 'once' : `${downs} times`}, last at ${time(lastDown)}${lastDownReason === undefined ? '' : `: ${lastDownReason}`}`,
      ];
