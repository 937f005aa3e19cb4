// Agents of a full mesh, all in this process: by message from the bench a session of one of them goes down or comes up.
import { meshOf, ServedFleet } from '../../test/ui/served-fleet';

const fleet = new ServedFleet(meshOf(Number(process.argv[2])));
void fleet.start().then(() => process.send!({ via: fleet.via }));
process.on('message', ({ node, other, state }: { node: string; other: string; state: 'Idle' | 'Established' }) => {
  process.send!({ at: Date.now() });
  fleet.agent(node).session(other, state);
});
process.on('disconnect', () => {
  fleet.stop();
  process.exit();
});
