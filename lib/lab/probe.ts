/**
 * The command that tells whether an address answers, once, within a second: exit code 0 if it does. It is ping; where
 * ping is not installed, an attempt at a TCP connection, which a host that is reached refuses (nothing listens on port
 * 9, discard).
 */
export const probe = (address: string): string[] => ['sh', '-c', SCRIPT, 'sh', address, process.execPath];

const SCRIPT = `
if command -v ping > /dev/null; then exec ping -n -q -c 1 -W 1 "$1"; fi
exec "$2" -e '
const socket = require("node:net").connect(9, process.argv[1], () => process.exit(0));
socket.on("error", ({ code }) => process.exit(code === "ECONNREFUSED" ? 0 : 1));
setTimeout(() => process.exit(1), 1000);' "$1"`;
