/**
 * The command that checks once, within a second, whether an address is reachable: exit code 0 if it is. It uses ping
 * or, if ping is not installed, a TCP connection, which a reachable host refuses (nothing listens on port 9, discard).
 */
export const probe = (address: string): string[] => ['sh', '-c', SCRIPT, 'sh', address, process.execPath];

const SCRIPT = `
if command -v ping > /dev/null; then exec ping -n -q -c 1 -W 1 "$1"; fi
exec "$2" -e '
const socket = require("node:net").connect(9, process.argv[1], () => process.exit(0));
socket.on("error", ({ code }) => process.exit(code === "ECONNREFUSED" ? 0 : 1));
setTimeout(() => process.exit(1), 1000);' "$1"`;
