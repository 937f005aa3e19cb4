import { UPDATE_ERROR } from '../notification-codes';
import { Malformed } from './attribute';

/** The error of an attribute with an impossible length. */
export const wrongLength = (length: number, expected: string): Malformed =>
  new Malformed(UPDATE_ERROR.attributeLength, `the length is ${length}, not ${expected}`);

/** Whether the length is a multiple of `size`, but not zero (RFC 7606 section 7.8 and similar ones). */
export const isMultiple = (length: number, size: number): boolean => length > 0 && length % size === 0;
