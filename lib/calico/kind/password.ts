import { boolean, text } from '../check';
import { group, taken, told } from '../row';

/** A reference to the secret; the value is not in the manifests. */
export const password = (as: string) =>
  group({
    secretKeyRef: group({
      name: taken(`the file in ${as}`, text()),
      key: taken(`the file in ${as}`, { required: text() }),
      optional: told('a session whose secret is missing stays down', boolean),
    }),
  });
