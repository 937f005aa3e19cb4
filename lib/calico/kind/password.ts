import { boolean, text } from '../check';
import { group, taken, told } from '../row';

/** Where a password is kept; what it is stands in no manifest. */
export const password = (as: string) =>
  group({
    secretKeyRef: group({
      name: taken(`the file in ${as}`, text()),
      key: taken(`the file in ${as}`, { required: text() }),
      optional: told('a session whose secret is missing stays down', boolean),
    }),
  });
