import { UPDATE_ERROR } from '../notification-codes';
import { Malformed } from './attribute';

/** An attribute of a length that it cannot have. */
export const wrongLength = (length: number, expected: string): Malformed =>
  new Malformed(UPDATE_ERROR.attributeLength, `the length is ${length}, not ${expected}`);

/** Whether the length is a multiple of `size`, and not zero (RFC 7606 section 7.8 and its like). */
export const isMultiple = (length: number, size: number): boolean => length > 0 && length % size === 0;
