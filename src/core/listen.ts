// Opens an HTTP server at an address, and says in a sentence why that address cannot be had.

import { once } from 'node:events';
import type { Server } from 'node:net';
import { FlywheelError } from './errors.js';

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the operating system choose a free port. */
  readonly port: number;
}

/** What an operator sets the address by, such as `PORT` and `HOST`. */
export interface AddressNames {
  readonly host: string;
  readonly port: string;
}

/** Longer than the idle time of common load balancers, so that it is never we who hang up as they send. */
export const keepAliveTimeoutMs = 65_000;

/** Resolves to the URL, with the real port and no path. Rejects with UNAVAILABLE when the address cannot be had. */
export async function listen(server: Server, address: ListenAddress, names: AddressNames): Promise<string> {
  const { host, port } = address;
  const listening = once(server, 'listening');
  server.listen(port, host);
  await listening.catch((error: NodeJS.ErrnoException) => {
    throw addressFault(error, address, names);
  });
  const bound = server.address();
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${typeof bound === 'object' && bound !== null ? bound.port : port}`;
}

function addressFault(
  error: NodeJS.ErrnoException,
  { host, port }: ListenAddress,
  names: AddressNames,
): FlywheelError {
  const sentences: Record<string, string> = {
    EADDRINUSE: `Port ${port} of ${host} is in use by another program; stop that program, or set ${names.port} to a free port.`,
    EACCES: `This user may not open port ${port}; set ${names.port} to a number from 1024 up.`,
    EADDRNOTAVAIL: `${names.host} is ${host}, which is not an address of this machine; set it to one that is, or to 127.0.0.1.`,
    ENOTFOUND: `${names.host} is ${host}, a name that leads to no address; set it to an address of this machine.`,
  };
  const sentence = sentences[error.code ?? ''] ?? `Nothing can listen on port ${port} of ${host}.`;
  return new FlywheelError('UNAVAILABLE', sentence, { cause: error });
}
