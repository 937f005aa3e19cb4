/** CLUSTER_LIST (RFC 4456 section 8): cluster identifiers, the nearest first. */
export { numbers32 as clusterList } from './number32';
