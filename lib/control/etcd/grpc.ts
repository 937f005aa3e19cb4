/**
 * gRPC, as far as a client of etcd needs it. In what is built this file has the package in it
 * (scripts/bundle-agent.mjs): one of the packages that it depends on runs a script when it is installed, and package
 * managers ask about that, or refuse.
 */
export {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
