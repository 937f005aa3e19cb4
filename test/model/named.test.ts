import { MAPS } from '../../lib/model/named';
import { objectKinds } from '../../lib/topology/objects';

test('the maps of a fabric are those of its schema', () => {
  expect([...MAPS].sort()).toEqual(objectKinds().sort());
});
