import { below, read } from './pages';

const pages = ['README.md', ...below('docs', '.md'), ...below('templates', '.md'), ...below('examples', '.md')];

/** Blocks of shell that bring up a lab and deploy afterwards. */
const blocks = pages.flatMap((page) =>
  [...read(page).matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .map(([, text]) => text)
    .filter((text) => /lab up[\s\S]*(cdktf deploy|terraform apply)/.test(text))
    .map((text): [string, string] => [page, text]),
);

test('there are some, in the page of the first project and in what peerform init writes', () => {
  expect(blocks.map(([page]) => page)).toEqual(
    expect.arrayContaining(['docs/your-own-project.md', 'templates/cdktf/README.md', 'templates/hcl/README.md']),
  );
});

test.each(blocks)('%s deploys into agents that wait for a deploy', (_, text) => {
  expect(text).toMatch(/lab up .*--idle/);
});
