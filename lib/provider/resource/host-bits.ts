import { describeHostBits, hostBitsIn } from '../../model/host-bits';
import { type Diagnostic, shownPath, warning } from '../diagnostic';
import { pathOf, specOf } from '../spec';
import type { Values } from '../value';

/** Warns about each prefix that is written with host bits set. */
export const hostBitWarnings = (config: Values): Diagnostic[] =>
  hostBitsIn(specOf(config)).map((bits) => {
    const path = pathOf(bits.path, config);
    return warning(
      `${shownPath(path)}: ${bits.written} has host bits set and means ${bits.meaning}`,
      `${describeHostBits(bits)}.`,
      path,
    );
  });
