import { readFileSync } from 'node:fs';
import { Annotations } from 'cdktf';
import { Construct } from 'constructs';
import { importFabric } from '../calico/import';
import { byWeight, groupedByKind, type LeftOut, leftOfBarren, nothingIn } from '../calico/left-out';
import { readManifests } from '../calico/manifests';
import type { PeerSpec } from '../model/peer';
import { InvalidInput } from '../model/problem';
import { Fabric, type FabricSettings } from './fabric';
import { Filter } from './filter';
import { Node } from './node';
import { GlobalPeer, NodePeer, PeerGroup } from './peer';

/** Manifests to import, and what they do not contain. */
export interface CalicoManifestProps extends FabricSettings {
  /** Name of the fabric. Default: `calico`. */
  readonly name?: string;
  /** Manifest files, v1 or v3, YAML or JSON. */
  readonly files: readonly string[];
  /** Returns the endpoint of a node's agent. */
  readonly endpoint: (node: string) => string;
}

/** The fabric described by a set of Calico manifests: equivalent to the source that `peerform import calico` writes. */
export class CalicoManifest extends Construct {
  readonly fabric: Fabric;
  /** What was not imported, and why. */
  readonly left: readonly LeftOut[];
  /** What you must install on the nodes before sessions come up: passwords, which are not in manifests. */
  readonly provide: readonly LeftOut[];

  /** Throws {@link InvalidInput} with every problem of the manifests. */
  constructor(scope: Construct, id: string, { name = 'calico', files, endpoint, ...more }: CalicoManifestProps) {
    super(scope, id);
    const { resources, problems, left, barren } = readManifests(
      ...files.map((name) => ({ name, text: readFileSync(name, 'utf8') })),
    );
    if (problems.length > 0) throw new InvalidInput(problems, 'the manifests have problems');
    if (barren.length > 0 && resources.length === 0)
      throw new InvalidInput(barren.map(nothingIn), 'the manifests have nothing to import');
    const made = importFabric(resources, name);
    if (made.problems.length > 0) throw new InvalidInput(made.problems, 'the manifests do not make a valid fabric');
    this.left = [...barren.map(leftOfBarren), ...left, ...made.left];
    this.provide = made.provide;
    const { undecided, rest } = byWeight(groupedByKind(this.left));
    for (const { path, reason } of undecided)
      Annotations.of(this).addWarning(`${path} must be decided before a deploy: ${reason}`);
    for (const { path, reason } of rest) Annotations.of(this).addWarning(`${path} was not carried over: ${reason}`);
    for (const { path, reason } of made.provide) Annotations.of(this).addWarning(`${path}: ${reason}`);
    const { nodes = {}, peers = {}, filters = {}, ...fabric } = made.spec;
    this.fabric = new Fabric(this, 'fabric', { ...fabric, ...more });
    for (const [node, spec] of Object.entries(nodes))
      new Node(this.fabric, `node-${node}`, { name: node, ...spec, endpoint: endpoint(node) });
    for (const [filter, spec] of Object.entries(filters))
      new Filter(this.fabric, `filter-${filter}`, { name: filter, ...spec });
    for (const [peer, spec] of Object.entries(peers)) this.add(peer, spec);
  }

  private add(name: string, { node, ...spec }: PeerSpec): void {
    const id = `peer-${name}`;
    if (node !== undefined) new NodePeer(this.fabric, id, { name, node, ...spec });
    else if (spec.nodeSelector === undefined && spec.peerSelector === undefined)
      new GlobalPeer(this.fabric, id, { name, ...spec });
    else new PeerGroup(this.fabric, id, { name, ...spec });
  }
}
