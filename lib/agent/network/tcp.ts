import type { TcpFactory as SpeakerTcp } from '../../bgp/net/tcp';
import { tcp } from '../../kernel/system/tcp';

/** The kernel's sockets behind the speaker's interface. The two rooms do not know each other; this connects them. */
export const speakerTcp: SpeakerTcp = {
  connect: (target) => tcp.connect(target),
  async listen(at) {
    const server = await tcp.listen(at);
    if (server instanceof Error) throw server;
    return server;
  },
  protect: (server, { remote, prefixLength, password }) => tcp.protect(server, remote, password, prefixLength),
  restrict: (socket, { password, ...ttl }) =>
    tcp.applyTtl(socket, ttl) ?? (password === undefined ? undefined : tcp.sign(socket, password)),
};
