/**
 * The messages of etcd's API (etcdserverpb, version 3) that Peerform uses, as tables from field name to number. Unused
 * fields are left out: the decoder skips unknown fields. Cluster and member ids are among them, as they exceed 2^53.
 */
import {
  bool,
  bytes,
  type DecodedMessage,
  int,
  type MessageCodec,
  maybe,
  messageCodec,
  nested,
  repeatedField,
  stringField,
} from '../protobuf';

const Header = messageCodec({ revision: int(3) });
const header = nested(1, () => Header);

const KeyValue = messageCodec({
  key: bytes(1),
  createRevision: int(2),
  modRevision: int(3),
  value: bytes(5),
  lease: int(6),
});
type WireKeyValue = DecodedMessage<typeof KeyValue>;

const RangeRequest = messageCodec({
  key: bytes(1),
  rangeEnd: bytes(2),
  limit: int(3),
  revision: int(4),
  keysOnly: bool(8),
  countOnly: bool(9),
});
const RangeResponse = messageCodec({
  header,
  kvs: repeatedField(nested(2, () => KeyValue)),
  more: bool(3),
  count: int(4),
});

const PutRequest = messageCodec({ key: bytes(1), value: bytes(2), lease: int(3) });
const PutResponse = messageCodec({ header });
const DeleteRangeRequest = messageCodec({ key: bytes(1), rangeEnd: bytes(2) });
const DeleteRangeResponse = messageCodec({ header, deleted: int(2) });

const RequestOp = messageCodec({
  range: nested(1, () => RangeRequest),
  put: nested(2, () => PutRequest),
  delete: nested(3, () => DeleteRangeRequest),
});
export type RequestOp = Partial<DecodedMessage<typeof RequestOp>>;
const ResponseOp = messageCodec({
  range: nested(1, () => RangeResponse),
  put: nested(2, () => PutResponse),
  delete: nested(3, () => DeleteRangeResponse),
});

/** What a comparison compares; the result is equality throughout. */
export const COMPARED = { version: 0, create: 1, mod: 2 } as const;

const Compare = messageCodec({
  result: int(1),
  target: int(2),
  key: bytes(3),
  version: maybe(int(4)),
  createRevision: maybe(int(5)),
  modRevision: maybe(int(6)),
});
export type WireComparison = Partial<DecodedMessage<typeof Compare>>;

const TxnRequest = messageCodec({
  compare: repeatedField(nested(1, () => Compare)),
  success: repeatedField(nested(2, () => RequestOp)),
  failure: repeatedField(nested(3, () => RequestOp)),
});
const TxnResponse = messageCodec({
  header,
  succeeded: bool(2),
  responses: repeatedField(nested(3, () => ResponseOp)),
});

const CompactionRequest = messageCodec({ revision: int(1), physical: bool(2) });
const CompactionResponse = messageCodec({ header });

const LeaseGrantRequest = messageCodec({ ttl: int(1), id: int(2) });
const LeaseGrantResponse = messageCodec({ header, id: int(2), ttl: int(3), error: stringField(4) });
const LeaseRequest = messageCodec({ id: int(1) });
const LeaseRevokeResponse = messageCodec({ header });
const LeaseKeepAliveResponse = messageCodec({ header, id: int(2), ttl: int(3) });

export const EVENT = { put: 0, delete: 1 } as const;
const Event = messageCodec({ type: int(1), kv: nested(2, () => KeyValue) });

const WatchCreateRequest = messageCodec({
  key: bytes(1),
  rangeEnd: bytes(2),
  startRevision: int(3),
  /** A response of many events comes in parts. */
  fragment: bool(8),
});
const WatchRequest = messageCodec({ create: nested(1, () => WatchCreateRequest) });
const WatchResponse = messageCodec({
  header,
  created: bool(3),
  canceled: bool(4),
  compactRevision: int(5),
  cancelReason: stringField(6),
  events: repeatedField(nested(11, () => Event)),
});
export type WatchResponse = DecodedMessage<typeof WatchResponse>;

/** What a permission allows. */
export const PERMISSION = { read: 0, write: 1, readwrite: 2 } as const;

const Nothing = messageCodec({ header });
const NamedRequest = messageCodec({ name: stringField(1) });
const UserOptions = messageCodec({ noPassword: bool(1) });
const UserAddRequest = messageCodec({ name: stringField(1), options: nested(3, () => UserOptions) });
const GrantRoleRequest = messageCodec({ user: stringField(1), role: stringField(2) });
const Permission = messageCodec({ type: int(1), key: bytes(2), rangeEnd: bytes(3) });
const GrantPermissionRequest = messageCodec({ name: stringField(1), permission: nested(2, () => Permission) });

const AuthenticateRequest = messageCodec({ name: stringField(1), password: stringField(2) });

/** Names of the alarms that stop etcd from taking requests, by their number. */
export const ALARMS: readonly string[] = ['NONE', 'NOSPACE', 'CORRUPT'];
/** Its action is to get them, unless it says otherwise. */
const AlarmRequest = messageCodec({ action: int(1), alarm: int(3) });
const Alarm = messageCodec({ alarm: int(2) });
const AlarmResponse = messageCodec({ header, alarms: repeatedField(nested(2, () => Alarm)) });

/** A method of etcd: its path, and its messages. */
export interface EtcdMethod<Q, A> {
  readonly path: string;
  readonly request: MessageCodec<Q>;
  readonly response: MessageCodec<A>;
}

const method = <Q, A>(path: string, request: MessageCodec<Q>, response: MessageCodec<A>): EtcdMethod<Q, A> => ({
  path: `/etcdserverpb.${path}`,
  request,
  response,
});

export const METHODS = {
  range: method('KV/Range', RangeRequest, RangeResponse),
  txn: method('KV/Txn', TxnRequest, TxnResponse),
  compact: method('KV/Compact', CompactionRequest, CompactionResponse),
  grant: method('Lease/LeaseGrant', LeaseGrantRequest, LeaseGrantResponse),
  revoke: method('Lease/LeaseRevoke', LeaseRequest, LeaseRevokeResponse),
  /** A stream in etcd's declaration. A unary call has the same octets as a stream of one message each way. */
  keepAlive: method('Lease/LeaseKeepAlive', LeaseRequest, LeaseKeepAliveResponse),
  watch: method('Watch/Watch', WatchRequest, WatchResponse),
  roleAdd: method('Auth/RoleAdd', NamedRequest, Nothing),
  roleGrantPermission: method('Auth/RoleGrantPermission', GrantPermissionRequest, Nothing),
  userAdd: method('Auth/UserAdd', UserAddRequest, Nothing),
  userGrantRole: method('Auth/UserGrantRole', GrantRoleRequest, Nothing),
  authenticate: method('Auth/Authenticate', AuthenticateRequest, Nothing),
  alarm: method('Maintenance/Alarm', AlarmRequest, AlarmResponse),
  authEnable: method('Auth/AuthEnable', messageCodec({}), Nothing),
} as const;

/** A key with its value. */
export interface StoredKey {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  /** 0: no lease. */
  readonly lease: number;
}

const toText = new TextDecoder();

export const keyText = ({ key }: Partial<WireKeyValue>): string => toText.decode(key);

export const storedKey = ({ key, value, ...rest }: Partial<WireKeyValue>): StoredKey => ({
  key: keyText({ key }),
  value: Buffer.from(value ?? []),
  createRevision: rest.createRevision ?? 0,
  modRevision: rest.modRevision ?? 0,
  lease: rest.lease ?? 0,
});
