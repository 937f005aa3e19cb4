import { referencePage } from '../../model/reference';
import { PROVIDER } from '../../provider/provider';
import { CONSTRUCT_PAGES, constructPage } from './construct';
import { functionPage, resourcePage } from './resource';

/** `GlobalPeer` → `global-peer`. */
const fileOf = (name: string): string => name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();

/** Every generated page of the docs: path within docs/ and text. */
export function generatedPages(): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ['reference.md', referencePage()],
    ...CONSTRUCT_PAGES.map((page) => [`constructs/${fileOf(page.name)}.md`, constructPage(page)]),
    ...Object.entries(PROVIDER.resources).map(([name, made]) => [`resources/${name}.md`, resourcePage(name, made)]),
    ...Object.entries(PROVIDER.functions).map(([name, made]) => [`functions/${name}.md`, functionPage(name, made)]),
  ]);
}
