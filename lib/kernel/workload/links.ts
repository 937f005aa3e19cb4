import { TYPE } from '../codec/header';
import { decodeLink, type Link, linkRequest } from '../codec/link';
import { NETLINK, type NetlinkDriver } from '../netlink/driver';
import type { KernelError } from '../system/error';

/** The links of this network namespace as they are now. */
export async function readLinks(driver: NetlinkDriver = NETLINK): Promise<readonly Link[] | KernelError> {
  const links: Link[] = [];
  const failed = await driver.dump({
    ...{ what: 'links', type: TYPE.getLink, payload: linkRequest() },
    begin: () => links.splice(0),
    visit: (bytes, { start, end }) => {
      const link = decodeLink(bytes, start, end);
      if (link) links.push(link);
    },
  });
  return failed ?? links;
}
