// A way to a test database that can be cut or fall silent.

import { type Cuttable, createCuttable } from './cuttable.js';

/** The way, and the address of the database through it. */
export async function openWay(url: string): Promise<{ readonly way: Cuttable; readonly url: string }> {
  const { hostname, port } = new URL(url);
  const way = await createCuttable({ host: hostname, port: Number(port) });
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(way.port);
  return { way, url: through.href };
}
