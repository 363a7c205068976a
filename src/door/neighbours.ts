// Keeps the web pages that a developer has open away from the gateway on the same machine.

import { isIP } from 'node:net';

/** Answers, once given, are remembered for so many different headers. */
const memoSize = 1_000;

/**
 * Whether a Host header is one of ours. Without this check a page could point its own domain name at our address and
 * then read us as its own origin (DNS rebinding). An address in digits is never such a name, so any is let in; so is
 * a request without the header, which no browser sends.
 */
export function createHostCheck(host: string, allowedHosts: readonly string[]) {
  const names = new Set(['localhost', host.toLowerCase()]);
  const suffixes = ['.localhost'];
  for (const allowed of allowedHosts) {
    if (allowed.startsWith('.')) suffixes.push(allowed.toLowerCase());
    else names.add(allowed.toLowerCase());
  }
  const known = new Set<string>();
  return (hostHeader: string | undefined): boolean => {
    if (hostHeader === undefined || known.has(hostHeader)) return true;
    const name = hostHeader
      .toLowerCase()
      .replace(/:\d*$/, '')
      .replace(/^\[(.*)\]$|\.$/, '$1');
    if (isIP(name) === 0 && !names.has(name) && !suffixes.some((suffix) => name.endsWith(suffix)))
      return false;
    if (known.size < memoSize) known.add(hostHeader);
    return true;
  };
}

/**
 * Whose page sends a request with this Origin header: our own, one that configuration lets in, or a foreign one. Our
 * own is told by the Host header alone, because a proxy in front of us may speak https where we speak http.
 */
export function createOriginCheck(corsOrigins: readonly string[]) {
  const listed = new Set(corsOrigins);
  return (origin: string, hostHeader: string | undefined): 'own' | 'listed' | 'foreign' => {
    if (listed.has(origin)) return 'listed';
    const isOwn =
      hostHeader !== undefined && (origin === `http://${hostHeader}` || origin === `https://${hostHeader}`);
    return isOwn ? 'own' : 'foreign';
  };
}
