import { createPublicKey, X509Certificate } from 'node:crypto';
import { pem, selfSigned } from '../../../lib/provider/protocol/certificate';

const identity = selfSigned(new Date('2026-01-31T12:00:00Z'));
const certificate = new X509Certificate(identity.certificate);

test('the certificate is read and verified by OpenSSL', () => {
  expect(certificate.verify(createPublicKey(identity.key))).toBe(true);
  expect(certificate.checkPrivateKey(identity.key)).toBe(true);
  expect(certificate.checkIssued(certificate)).toBe(true);
});

test('it stands for localhost, is its own root, and serves both sides of TLS', () => {
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkHost('example.org')).toBeUndefined();
  expect(certificate.ca).toBe(true);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
});

test('it is valid from an hour before to ten days after its making', () => {
  expect(new Date(certificate.validFrom).toISOString()).toBe('2026-01-31T11:00:00.000Z');
  expect(new Date(certificate.validTo).toISOString()).toBe('2026-02-10T12:00:00.000Z');
});

test('its PEM is the same certificate', () => {
  expect(new X509Certificate(pem(identity.certificate)).raw.equals(identity.certificate)).toBe(true);
});

test('no two have the same serial number or key', () => {
  const other = new X509Certificate(selfSigned().certificate);
  expect(other.serialNumber).not.toBe(certificate.serialNumber);
  expect(other.publicKey.equals(certificate.publicKey)).toBe(false);
});
