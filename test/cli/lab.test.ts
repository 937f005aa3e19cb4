import { nextStep } from '../../lib/cli/command/lab';

const lab = { folder: '/run/peerform/lab/edge' };

test('a lab that waits says how to deploy into it, in each kind of project', () => {
  expect(nextStep(lab, true)).toContain('LAB=/run/peerform/lab/edge npx cdktf deploy');
  expect(nextStep(lab, true)).toContain('terraform apply -var lab=/run/peerform/lab/edge');
});

test('a lab that runs its fabric says how to have one that waits', () => {
  expect(nextStep(lab, false)).toMatch(/peerform lab down --dir \/run\/peerform\/lab\/edge, then .* --idle$/);
});
