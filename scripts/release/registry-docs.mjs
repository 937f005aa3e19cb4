import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

/** The head that the registry reads the title and the summary of a page from. */
const head = (title, summary) =>
  `---\npage_title: ${JSON.stringify(title)}\nsubcategory: ""\ndescription: |-\n  ${summary.replaceAll('\n', ' ')}\n---\n\n`;

/** A page without its line about where it is generated, and with links that lead out of the registry. */
const body = (text, linked) => linked(text.replace(/^Generated from the provider's schema.*\n\n/m, ''));

/** Links relative to docs/ lead into the repository; without one, of a link remains its text. */
const linker = (repository, version) => (text, from) =>
  text.replace(/(?<![!`])\[([^\]]+)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g, (_, words, path, anchor = '') => {
    if (repository === undefined) return words;
    return `[${words}](${repository}/blob/v${version}/${normalize(join('docs', from, path))}${anchor})`;
  });

/** The pages of the provider in the registry's layout, by their path below docs/. */
export function registryDocs({ folder, require, version, repository }) {
  const { generatedPages } = require('./cli/pages/pages.js');
  const { PROVIDER } = require('./provider/provider.js');
  const pages = generatedPages();
  const linked = linker(repository, version);
  const of = (kind, name) => body(pages[`${kind}/${name}.md`], (text) => linked(text, kind));
  return Object.fromEntries([
    ['index.md', index(folder, version, PROVIDER, linked)],
    ...Object.entries(PROVIDER.resources).map(([name, { schema }]) => [
      `resources/${name.replace(/^peerform_/, '')}.md`,
      head(`${name} Resource - peerform`, schema.description) + of('resources', name),
    ]),
    ...Object.entries(PROVIDER.functions).map(([name, { summary }]) => [
      `functions/${name}.md`,
      head(`${name} function - peerform`, `${summary}.`) + of('functions', name),
    ]),
  ]);
}

function index(folder, version, provider, linked) {
  const { description } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const [major, minor] = version.split('.');
  const example = readFileSync(join(folder, 'examples/hcl/main.tf'), 'utf8').replace(
    'source = "peerform/peerform"',
    `source  = "peerform/peerform"\n      version = "~> ${major}.${minor}"`,
  );
  const text = `# peerform Provider

${description}.

The provider deploys a whole fabric as one transaction to the agents of its nodes: ${Object.keys(provider.resources)
    .map((name) => `\`${name}\``)
    .join(', ')}. It has no settings of its own, so that there is no \`provider\` block.

For Linux the provider has Node.js in it. For macOS it needs Node.js 20 or later on the \`PATH\`. [What runners need](runners.md) says more, and
[real nodes](real-nodes.md) how the agents get onto the nodes.

## Example Usage

\`\`\`terraform
${example.trim()}
\`\`\`
`;
  return head('Provider: peerform', `${description}.`) + linked(text, '');
}
