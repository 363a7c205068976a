// What a node of a small KRaft cluster on this machine is told: its properties, as text.

/** Another way into the brokers, beside the plain one that they use among themselves. */
export interface ExtraListener {
  /** Upper case letters, such as `SECURE`. */
  readonly name: string;
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** The port that clients are told to use, where it is not the listener's own: something stands between. */
  readonly advertisedPort?: number;
  /** Properties of this listener, without the prefix `listener.name.…`. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface NodePorts {
  readonly plain: number;
  readonly controller: number;
  readonly extra: readonly number[];
}

export interface NodePlan {
  /** From 1. */
  readonly id: number;
  readonly ports: readonly NodePorts[];
  readonly dataFolder: string;
  readonly extraListeners: readonly ExtraListener[];
}

/** The properties of a node that is broker and controller at once. */
export function nodeProperties({ id, ports, dataFolder, extraListeners }: NodePlan): string {
  const own = ports[id - 1];
  if (own === undefined) throw new Error(`There is no node ${id}.`);
  const copies = String(ports.length);
  const isrMin = ports.length === 3 ? '2' : '1';
  const ways = [
    { name: 'PLAIN', port: own.plain, advertised: own.plain, protocol: 'PLAINTEXT' },
    ...extraListeners.map(({ name, protocol, advertisedPort }, index) => {
      const port = own.extra[index] ?? 0;
      return { name, protocol, port, advertised: advertisedPort ?? port };
    }),
  ];
  const listeners = ways.map(({ name, port }) => `${name}://127.0.0.1:${port}`).join(',');
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': ports
      .map(({ controller }, index) => `${index + 1}@127.0.0.1:${controller}`)
      .join(','),
    listeners: `${listeners},CONTROLLER://127.0.0.1:${own.controller}`,
    'advertised.listeners': ways.map(({ name, advertised }) => `${name}://127.0.0.1:${advertised}`).join(','),
    'listener.security.protocol.map': [
      ...ways.map(({ name, protocol }) => `${name}:${protocol}`),
      'CONTROLLER:PLAINTEXT',
    ].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    'log.dirs': dataFolder,
    'auto.create.topics.enable': 'false',
    'default.replication.factor': copies,
    'min.insync.replicas': isrMin,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': isrMin,
    'transaction.state.log.num.partitions': '4',
    // A group of one that has just come need not wait for others.
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '8388608',
    // After a crash a broker is let in again only when its former self is given up.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'num.network.threads': '2',
    'num.io.threads': '4',
  };
  for (const { name, settings } of extraListeners) {
    for (const [key, value] of Object.entries(settings)) {
      properties[`listener.name.${name.toLowerCase()}.${key}`] = value;
    }
  }
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** Warnings and worse, on the standard output. */
export const loggingProperties = `status = warn
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
`;
