export { CalicoManifest, type CalicoManifestProps } from './constructs/calico-manifest';
export type { Computable } from './constructs/computable';
export { Fabric, type FabricProps } from './constructs/fabric';
export { Filter, type FilterProps } from './constructs/filter';
export { Gate, type GateProps } from './constructs/gate';
export { Node, type NodeProps } from './constructs/node';
export { NullStandIn } from './constructs/null-stand-in';
export {
  GlobalPeer,
  type GlobalPeerProps,
  NodePeer,
  type NodePeerProps,
  PeerGroup,
  type PeerGroupProps,
} from './constructs/peer';
export { Rack, type RackProps } from './constructs/rack';
export { Rollout, type RolloutProps, type WaveProps } from './constructs/rollout';
export { RouteReflectors, type RouteReflectorsProps } from './constructs/route-reflectors';
export { IpAddress } from './model/address';
export { AsNumber, type AsNumberInput } from './model/as-number';
export { Prefix } from './model/prefix';
export { InvalidInput, Problem, type ProblemCode } from './model/problem';
export { type Reading, readFabric } from './model/read';
export type {
  AdvertisementSpec,
  BfdProfileSpec,
  FabricSpec,
  FilterRuleSpec,
  FilterSpec,
  FleetSpec,
  NodeSpec,
  PeerSpec,
  PrefixAdvertisementSpec,
  RackSpec,
  RouteReflectorsSpec,
  RouteSettingsSpec,
  TopOfRackSpec,
} from './model/spec';
