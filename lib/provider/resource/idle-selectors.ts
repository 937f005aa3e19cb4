import type { Fabric } from '../../model/fabric';
import { snakeCase } from '../../model/shape';
import { idleSelectors } from '../../topology/idle-selectors';
import { type Diagnostic, shownPath, warning } from '../diagnostic';

/** Warns about each selector that matches no node. */
export const idleSelectorWarnings = (fabric: Fabric): Diagnostic[] =>
  idleSelectors(fabric).map(({ kind, name, field, selector }) => {
    const path = [snakeCase(kind), name, snakeCase(field)];
    return warning(
      `${shownPath(path)} matches no node`,
      `No node has labels that match ${selector}, so it creates no sessions. Correct it, or add the labels to nodes.`,
      path,
    );
  });
