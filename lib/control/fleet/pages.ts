import type { EtcdClient, NamesPage } from '../etcd/client';
import { endOfPrefix, keyAfter, keyOctets } from '../etcd/key-range';

/** Keys of one page. etcd reads the value of each, of up to 1.5 MB, also where it sends none. */
export const PAGE = 64;

/** The names of all keys from one to another, which is not among them, as of one revision. */
export async function* pages(etcd: EtcdClient, begin: Uint8Array, end: Uint8Array): AsyncGenerator<NamesPage> {
  let revision = 0;
  for (let from = begin; ; ) {
    const page = await etcd.names(from, end, { limit: PAGE, revision });
    ({ revision } = page);
    yield page;
    const last = page.keys.at(-1);
    if (!last || !page.more) return;
    from = keyAfter(last.octets);
  }
}

/** The same of a prefix. */
export const pagesBelow = (etcd: EtcdClient, prefix: string): AsyncGenerator<NamesPage> =>
  pages(etcd, keyOctets(prefix), endOfPrefix(prefix));
