import { type Response, RPC, type Rpc, type RpcRequest } from '../../lib/provider/protocol/messages';
import { unpack } from '../../lib/provider/protocol/msgpack';
import { providerService } from '../../lib/provider/protocol/provider-service';
import { PROVIDER } from '../../lib/provider/provider';
import { AsWritten, mapValues, type Value, type Values } from '../../lib/provider/value';

const service = providerService(PROVIDER);

/** Asks the provider as Terraform does. */
export async function rpc<R extends Rpc>(name: R, request: Partial<RpcRequest<R>>): Promise<Response<R>> {
  const { request: from, response: to } = RPC[name];
  const bytes = await service.get(`/tfplugin6.Provider/${name}`)!(from.encode(request as never));
  return to.decode(bytes) as unknown as Response<R>;
}

/** The values of an answer. */
export const content = (wire: { msgpack?: Uint8Array } | undefined): Values =>
  mapValues(unpack(wire!.msgpack!) as Values, withType);

/** What may be of any type comes with its type before it. */
function withType(value: Value): Value {
  if (!Array.isArray(value)) return value;
  const [type, inner] = value as readonly unknown[];
  return type instanceof Uint8Array ? new AsWritten(Buffer.from(type).toString(), inner as Value) : value;
}
