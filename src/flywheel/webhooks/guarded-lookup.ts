// Looks up the addresses of a host, and gives none where one of them is not of the open internet.

import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.js';

/** What is said of a host that is refused. */
export class ClosedAddress extends Error {
  constructor() {
    super('Its host is this machine, or in a private network.');
  }
}

/** The host of an address as `net` and `dns` write it. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** Whether the host is written as an address that is refused; a name is judged by its lookup. */
export function isClosedHost(url: URL): boolean {
  const host = hostOf(url);
  return isIP(host) !== 0 && !isPublicAddress(host);
}

/**
 * As `dns.lookup`, for a connection: what it gives is what is connected to, so that a name cannot lead elsewhere after it
 * was looked at. Fails with ClosedAddress where any address of the host is not of the open internet.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error !== null) callback(error, '');
    else if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      callback(new ClosedAddress(), '');
    } else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
