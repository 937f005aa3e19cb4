import type { TcpFactory as SpeakerTcp } from '../../bgp/net/tcp';
import { tcp } from '../../kernel/system/tcp';

/** The kernel's sockets, as the speaker asks for them. The two rooms do not know each other; this is their joint. */
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
