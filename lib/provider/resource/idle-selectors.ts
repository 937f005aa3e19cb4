import type { Fabric } from '../../model/fabric';
import { snakeCase } from '../../model/shape';
import { idleSelectors } from '../../topology/idle-selectors';
import { type Diagnostic, warning } from '../diagnostic';

/** Warns of each selector that chooses no node. */
export const idleSelectorWarnings = (fabric: Fabric): Diagnostic[] =>
  idleSelectors(fabric).map(({ kind, name, field, selector }) => {
    const path = [snakeCase(kind), name, snakeCase(field)];
    return warning(
      `${path.join('.')} chooses no node`,
      `No node has labels that fit ${selector}, so that there are no sessions by it. Correct it, or give nodes the labels.`,
      path,
    );
  });
