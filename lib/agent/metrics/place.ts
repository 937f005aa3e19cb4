import { IpAddress } from '../../model/address';
import { Problem } from '../../model/problem';

/** Listening address of the metrics endpoint. */
export interface MetricsPlace {
  readonly address: string;
  readonly port: number;
}

/** Parses `ADDRESS:PORT`, with an IPv6 address in brackets; undefined if invalid. */
export function metricsPlace(text: string): MetricsPlace | undefined {
  const [, address, digits] = /^\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (address === undefined || IpAddress.parse(address) instanceof Problem || port > 65535) return undefined;
  return { address, port };
}
