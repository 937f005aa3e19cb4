const { appendFileSync } = require('node:fs');
const { TestEnvironment } = require('jest-environment-node');

// Jest starts a worker again that ended between two files, and the file with it, without a word: an error that a file
// left behind would show as something else in another file. It is noted here, for scripts/test.mjs to count.
let file = 'a file';
process.on('uncaughtExceptionMonitor', (error) => {
  const text = `after or in ${file}: ${error?.stack ?? error}\n`;
  process.stderr.write(text);
  if (process.env.PEERFORM_STRAY) appendFileSync(process.env.PEERFORM_STRAY, text);
});

module.exports = class Environment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    file = context.testPath;
  }
};
