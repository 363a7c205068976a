// The connections of one kafkajs client: watched, so that a mute one is dropped and none is left behind.

import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

export interface KafkaSockets {
  readonly factory: ISocketFactory;
  /** Breaks the connections to a broker (`host:port`): kafkajs keeps one whose requests are never answered. */
  drop(broker: string): void;
  /** Breaks all connections, and refuses new ones. */
  destroy(): void;
}

const keepAliveMs = 60_000;

/** `onFault` is told of every connection that could not be made or broke. */
export function createKafkaSockets(onFault: (error: Error, broker: string) => void): KafkaSockets {
  const sockets = new Map<Socket, string>();
  let isDestroyed = false;

  const factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (isDestroyed) throw new Error('The client is closed.');
    const broker = `${host}:${port}`;
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = ssl
      ? connectTls({ host, port, ...name, ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveMs);
    socket.setNoDelay(true);
    // kafkajs may write before the connection stands, and every such write listens for it.
    socket.setMaxListeners(0);
    sockets.set(socket, broker);
    socket.on('error', (error) => {
      if (!isDestroyed) onFault(error, broker);
    });
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };

  return {
    factory,
    drop(broker) {
      for (const [socket, name] of sockets) {
        // The error is what tells kafkajs: it does not listen to the closing of a socket.
        if (name === broker) socket.destroy(new Error(`${broker} did not answer in time`));
      }
    },
    destroy() {
      isDestroyed = true;
      for (const socket of sockets.keys()) socket.destroy(new Error('The client is closed.'));
    },
  };
}
