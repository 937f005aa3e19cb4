import { constants } from 'node:os';
import { ERRNO } from '../../../lib/kernel/codec/errno';

test('errors are numbered as this system numbers them', () => {
  expect(constants.errno).toMatchObject(ERRNO);
});
