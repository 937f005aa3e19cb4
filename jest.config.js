/**
 * unit needs no network; e2e works in namespaces of its own, with real programs; machine boots Debians; wide is what
 * other users have. docs/architecture.md says what each proves, scripts/test.mjs how they are run.
 */
const transform = { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] };
const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch,
  transform,
  testEnvironment: '<rootDir>/test/environment.js',
  setupFilesAfterEnv: ['<rootDir>/test/patience.ts'],
  // The invariants of lib/model/assertion.ts hold in every test.
  globals: { PEERFORM_ASSERTIONS: true },
  ...more,
});

module.exports = {
  testSequencer: '<rootDir>/test/longest-first.js',
  projects: [
    project('unit', ['<rootDir>/test/**/*.test.ts'], {
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(e2e|machine|wide)/'],
    }),
    project('e2e', ['<rootDir>/test/e2e/**/*.test.ts']),
    project('wide', ['<rootDir>/test/wide/**/*.test.ts']),
    project('machine', ['<rootDir>/test/machine/**/*.test.ts']),
  ],
};
