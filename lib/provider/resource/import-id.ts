import { type Diagnostic, error } from '../diagnostic';
import { type Attributes, conform, isValues, type Value, type Values } from '../value';

/** A parsed import ID. */
interface ImportId {
  /** Name of the fabric. */
  readonly name: string;
  /** Endpoint of any of its agents. */
  readonly endpoint: string;
  /** Settings from the configuration that agents do not have. */
  readonly settings: Values;
}

/**
 * Parses `name@endpoint`, or `name@endpoint#{ … }` with a JSON object of attributes that agents do not have, such as
 * waves and gate timeouts, so that the plan after the import is empty. `attributes`: those allowed.
 */
export function readImportId(id: string, attributes: Attributes): ImportId | readonly Diagnostic[] {
  const [, name, endpoint, json] = /^([^@]+)@(.+?)(?:#(\{.*\}))?$/s.exec(id) ?? [];
  if (!name)
    return [
      error(
        `${id} does not name a fabric`,
        'Write name@endpoint, such as main@unix:///run/peerform/agent.sock, with the endpoint of any of its agents.',
      ),
    ];
  const settings = json === undefined ? {} : read(json);
  if (!isValues(settings))
    return [error(`${id}: the part after # is not valid JSON`, `Write an object of attributes, such as ${EXAMPLE}.`)];
  const strange = Object.keys(settings).find((attribute) => !Object.hasOwn(attributes, attribute));
  if (strange !== undefined)
    return [
      error(
        `${strange} cannot be given at import`,
        `Give only what no agent knows: ${Object.keys(attributes).join(', ')}.`,
      ),
    ];
  try {
    const typed = Object.entries(settings).map(([attribute, value]): [string, Value] => [
      attribute,
      conform(value, attributes[attribute].type),
    ]);
    return { name, endpoint, settings: Object.fromEntries(typed) };
  } catch (misfit) {
    return [error(`${id}: an attribute has the wrong type`, (misfit as Error).message)];
  }
}

const EXAMPLE = '{"nodes":["n1","n2"],"gate":{"within":60}}';

function read(json: string): Value {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
