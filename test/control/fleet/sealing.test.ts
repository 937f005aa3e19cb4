import fc from 'fast-check';
import { SealingKey, seal } from '../../../lib/control/fleet/sealing';

describe('what is sealed for an agent', () => {
  const key = new SealingKey();

  test('opens with its key and context', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        expect(key.open(seal(octets, key.publicKey, 'r1'), 'r1')).toEqual(Buffer.from(octets));
      }),
    );
  });

  test('does not open for another agent, nor for another request', () => {
    const sealed = seal(Buffer.from('secret'), key.publicKey, 'r1');
    expect(new SealingKey().open(sealed, 'r1')).toBeUndefined();
    expect(key.open(sealed, 'r2')).toBeUndefined();
  });

  test('does not open if an octet of it was changed, or it was cut', () => {
    const sealed = seal(Buffer.from('secret'), key.publicKey, 'r1');
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] ^= 1;
      expect(key.open(changed, 'r1')).toBeUndefined();
      expect(key.open(sealed.subarray(0, i), 'r1')).toBeUndefined();
    }
  });

  test('differs each time', () => {
    const [a, b] = [1, 2].map(() => seal(Buffer.from('secret'), key.publicKey, 'r1'));
    expect(a.equals(b)).toBe(false);
  });
});
