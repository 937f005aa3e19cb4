import { Problem } from '../problem';
import { isPresent, type Raw, record } from './raw';

/**
 * BFD that finds a failure no sooner than the hold timer does nothing. Each end says at what intervals it sends and
 * accepts, so the one given here is what may be counted on at least.
 */
export function bfdProblems(path: string, bfd: unknown, { holdTime }: Raw, fabric: Raw): Problem[] {
  if (!isPresent(bfd) || typeof bfd === 'symbol') return [];
  const { transmitInterval = 300, receiveInterval = 300, detectMultiplier = 3 } = record(bfd);
  const seconds = holdTime ?? fabric.holdTime ?? 90;
  if (![transmitInterval, receiveInterval, detectMultiplier, seconds].every((value) => typeof value === 'number'))
    return [];
  const [transmits, receives, packets, hold] = [transmitInterval, receiveInterval, detectMultiplier, seconds].map(
    Number,
  );
  const detection = packets * Math.max(transmits, receives);
  if (hold === 0 || detection < hold * 1000) return [];
  return [
    Problem.of(
      'bfd',
      `BFD would detect a failure after ${detection / 1000} s, no sooner than the hold time of ${hold} s`,
      path,
    ),
  ];
}

/** Both ends of a session have the same profile: if it says to wait for the other, neither begins. */
export const bothWait = (path: string, bfd: unknown): Problem[] =>
  record(bfd).passive === true
    ? [Problem.of('both-passive', 'each end would wait for the first BFD packet of the other', `${path}.passive`)]
    : [];
