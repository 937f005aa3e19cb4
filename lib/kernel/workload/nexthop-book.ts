import type { Nexthop } from '../codec/nexthop';

/** Nexthop objects by id: with `net.ipv4.nexthop_compat_mode` 0 a route on one is reported with this id only. Pure. */
export class NexthopBook {
  private readonly byId = new Map<number, Nexthop>();

  /** Index of the output interface of an object; 0 if there are several, or none is known. */
  interfaceOf(id: number): number {
    const object = this.byId.get(id);
    const members = object?.group?.map((member) => this.byId.get(member.id)) ?? [object];
    const indexes = new Set(members.flatMap((member) => member?.interface ?? []));
    const [first = 0] = indexes;
    return indexes.size === 1 ? first : 0;
  }

  /** Adds an object; true if its interface changed, and so perhaps that of groups that contain it. */
  set(object: Nexthop): boolean {
    const before = this.byId.get(object.id);
    const wasAt = before && this.interfaceOf(object.id);
    this.byId.set(object.id, object);
    return wasAt !== undefined && wasAt !== this.interfaceOf(object.id);
  }

  /** Removes an object. The kernel reports the groups that contained it. */
  delete(id: number): void {
    this.byId.delete(id);
  }

  /**
   * With a link, or its carrier, the kernel silently deletes the objects on it and the groups that have no other;
   * returns their ids.
   */
  linkLost(index: number): number[] {
    const gone = [...this.byId.values()].flatMap((object) => (object.interface === index ? [object.id] : []));
    for (const id of gone) this.byId.delete(id);
    if (gone.length === 0) return [];
    for (const { id, group } of [...this.byId.values()]) {
      const left = group?.filter((member) => this.byId.has(member.id));
      if (!group || !left || left.length === group.length) continue;
      if (left.length === 0) {
        this.byId.delete(id);
        gone.push(id);
      } else this.byId.set(id, { ...this.byId.get(id)!, group: left });
    }
    return gone;
  }

  /** Replaces all objects. */
  replace(objects: Iterable<Nexthop>): void {
    this.byId.clear();
    for (const object of objects) this.byId.set(object.id, object);
  }
}
