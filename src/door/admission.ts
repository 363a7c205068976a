// Decides who comes in: the right address, from a place that may ask, with a key, in a form that we read.

import type { KeyRing } from '../access/keys.js';
import type { Scope } from '../core/scope.js';
import type { Credentials } from '../core/socket.js';
import type { Refusal } from './answers.js';
import type { DoorExchange, Route } from './exchange.js';
import { isJson } from './media-types.js';
import { createHostCheck, createOriginCheck } from './neighbours.js';

export interface AdmissionDeps {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  /** Undefined: everybody comes in, as the operator. */
  readonly keys: KeyRing | undefined;
  readonly routes: ReadonlyMap<string, Route>;
}

/** Who asks without a key, where none is needed: may see nothing that is anybody's. */
const visitor: Scope = Object.freeze({ key: 'none', principal: 'visitor', role: 'reader' });

const noKey: Refusal = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message:
    'This gateway needs an API key; send it as "Authorization: Bearer KEY" or "X-API-Key: KEY" ' +
    '(in GraphiQL, enter {"X-API-Key": "KEY"} in the Headers tab).',
  headers: { 'www-authenticate': 'Bearer realm="flywheel"' },
};
const wrongKey: Refusal = {
  ...noKey,
  message: 'This API key is not known here; check it, or ask whoever runs this gateway for one.',
  headers: { 'www-authenticate': 'Bearer realm="flywheel", error="invalid_token"' },
};
const notJson: Refusal = {
  status: 415,
  code: 'BAD_INPUT',
  message: 'The body must be JSON in UTF-8; send it with the header "Content-Type: application/json".',
};
const encoded: Refusal = {
  status: 415,
  code: 'BAD_INPUT',
  message: 'Compressed request bodies are not read here; send the body without Content-Encoding.',
};
const noSockets: Refusal = {
  status: 400,
  code: 'BAD_INPUT',
  message: 'WebSocket connections are not served here; send the operation with POST /graphql.',
};
const lostUpgrade: Refusal = {
  status: 400,
  code: 'BAD_INPUT',
  message:
    'This request for a WebSocket came without "Connection: Upgrade"; let the proxy in between pass that header on.',
};

/**
 * Returns the check that every request passes first. It fills in what the exchange needs to go on (route, scope,
 * origin) and returns undefined, or says why the request is refused. It never looks at the body.
 */
export function createAdmission(deps: AdmissionDeps): (exchange: DoorExchange) => Refusal | undefined {
  const { keys, routes } = deps;
  const isOurHost = createHostCheck(deps.host, deps.allowedHosts);
  const originOf = createOriginCheck(deps.corsOrigins);

  return (exchange) => {
    const { method = '', url = '', headers } = exchange.request;
    if (!isOurHost(headers.host)) return unknownHost(headers.host ?? '');
    if (headers.origin !== undefined) {
      const whose = originOf(headers.origin, headers.host);
      if (whose === 'foreign') return foreignOrigin(headers.origin);
      if (whose === 'listed') exchange.corsOrigin = headers.origin;
    }
    const query = url.indexOf('?');
    const route = routes.get(query === -1 ? url : url.slice(0, query));
    if (route === undefined) return nothingHere([...routes.keys()]);
    exchange.route = route;
    if (!route.methods.has(method)) return wrongMethod(route.allow);
    if (method === 'OPTIONS') return undefined;
    if (method === 'GET') {
      if (headers.upgrade?.toLowerCase() === 'websocket') {
        if (route.sockets === undefined) return noSockets;
        if (!exchange.isSocket) return lostUpgrade;
      }
      exchange.isPage = route.page !== undefined && wantsPage(headers.accept);
    }
    if (keys !== undefined) {
      const refusal = identify(exchange, keys);
      const mayStay = route.needsNoKey || exchange.isPage || (exchange.isSocket && refusal === noKey);
      if (refusal !== undefined && !mayStay) return refusal;
    }
    if (method !== 'POST') return undefined;
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
      return encoded;
    if ((route.reads ?? isJson)(headers['content-type'])) return undefined;
    return route.notRead === undefined ? notJson : { ...notJson, message: route.notRead };
  };
}

function identify(exchange: DoorExchange, keys: KeyRing): Refusal | undefined {
  const { authorization, 'x-api-key': apiKey } = exchange.request.headers;
  const key = keyOf({ authorization, apiKey: typeof apiKey === 'string' ? apiKey : undefined });
  const scope = key === undefined ? undefined : keys.scopeOf(key);
  exchange.scope = scope ?? visitor;
  exchange.isIdentified = scope !== undefined;
  if (scope !== undefined) return undefined;
  return key === undefined ? noKey : wrongKey;
}

/** The key that is shown, if one is. */
export function keyOf({ authorization, apiKey }: Credentials): string | undefined {
  if (apiKey !== undefined) return apiKey;
  return authorization !== undefined && /^bearer /i.test(authorization)
    ? authorization.slice(7).trim()
    : undefined;
}

/** Browsers name HTML first when somebody opens an address; programs do not name it, or after JSON. */
function wantsPage(accept: string | undefined): boolean {
  const html = accept?.indexOf('text/html') ?? -1;
  const json = accept?.search(/application\/(graphql-response\+)?json/) ?? -1;
  return html !== -1 && (json === -1 || html < json);
}

function unknownHost(host: string): Refusal {
  return {
    status: 403,
    code: 'FORBIDDEN',
    message:
      `This gateway is not known as ${JSON.stringify(host)}; ` +
      'to reach it by that name, add the name to FLYWHEEL_ALLOWED_HOSTS.',
  };
}

function foreignOrigin(origin: string): Refusal {
  return {
    status: 403,
    code: 'FORBIDDEN',
    message:
      `Pages of ${JSON.stringify(origin)} may not call this gateway; ` +
      'to let them, add that origin to FLYWHEEL_CORS_ORIGINS.',
  };
}

function nothingHere(paths: readonly string[]): Refusal {
  return {
    status: 404,
    code: 'NOT_FOUND',
    message: `There is nothing at this address; there is something at ${paths.filter((path) => path !== '/').join(', ')}.`,
  };
}

function wrongMethod(allow: string): Refusal {
  return {
    status: 405,
    code: 'BAD_INPUT',
    message: `This address answers ${allow}, not this method.`,
    headers: { allow },
  };
}
