/**
 * Unit and property tests run in parallel; e2e tests share the machine's namespaces and run one after another; so do
 * those that boot machines.
 */
const transform = { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] };
const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch,
  transform,
  testEnvironment: 'node',
  setupFilesAfterEnv: ['<rootDir>/test/patience.ts'],
  // The invariants of lib/bgp/rib/assertion.ts hold in every test.
  globals: { PEERFORM_ASSERTIONS: true },
  ...more,
});

module.exports = {
  testSequencer: '<rootDir>/test/longest-first.js',
  projects: [
    project('unit', ['<rootDir>/test/**/*.test.ts'], {
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/', '<rootDir>/test/machine/'],
    }),
    project('e2e', ['<rootDir>/test/e2e/**/*.test.ts']),
    project('machine', ['<rootDir>/test/machine/**/*.test.ts']),
  ],
};
