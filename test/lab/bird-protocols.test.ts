import { birdProtocols } from '../../lib/lab/bird-protocols';

const SHOWN = `BIRD 2.0.12 ready.
Access restricted
Name       Proto      Table      State  Since         Info
device1    Device     ---        up     16:51:49.458  
n1_tor     BGP        ---        up     2026-11-29 16:51:49  Established   
n2_tor     BGP        ---        start  16:51:49.458  Active        Socket: Established elsewhere
n3_tor     BGP        ---        down   16:51:49.458  
`;

test('the protocols of a BIRD are read by column', () => {
  expect(birdProtocols(SHOWN).filter(({ protocol }) => protocol === 'BGP')).toEqual([
    { protocol: 'BGP', info: 'Established' },
    { protocol: 'BGP', info: 'Active' },
    { protocol: 'BGP', info: undefined },
  ]);
});
