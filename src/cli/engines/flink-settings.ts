// What a Flink on this machine is told: its config.yaml, as text.

export interface FlinkPorts {
  readonly rest: number;
  readonly sqlGateway: number;
  /** Where the job manager is called by the task managers. */
  readonly jobManager: number;
}

export interface FlinkPlan {
  readonly ports: FlinkPorts;
  /** Of each task manager. */
  readonly slots: number;
  /** Where checkpoints and savepoints are kept. */
  readonly folder: string;
  /** What Flink's own configuration tells Java, without which it does not start. */
  readonly javaOptions: string;
}

/**
 * The settings. A lost process is noticed within seconds, a job is restarted again and again, and its checkpoints, one
 * every two seconds, stay when it is cancelled, so that another may go on where it was.
 */
export function flinkSettings({ ports, slots, folder, javaOptions }: FlinkPlan): string {
  const settings: Record<string, string | number> = {
    'env.java.opts.all': javaOptions,
    'env.java.opts.sql-gateway': '-Xmx512m',
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.rpc.port': ports.jobManager,
    'jobmanager.bind-host': '127.0.0.1',
    'jobmanager.memory.process.size': '1024m',
    'jobmanager.memory.jvm-metaspace.size': '192m',
    'taskmanager.host': '127.0.0.1',
    'taskmanager.bind-host': '127.0.0.1',
    'taskmanager.numberOfTaskSlots': slots,
    'taskmanager.memory.process.size': '1024m',
    'taskmanager.memory.jvm-metaspace.size': '192m',
    'taskmanager.memory.managed.size': '64m',
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': ports.rest,
    'sql-gateway.endpoint.rest.address': '127.0.0.1',
    'sql-gateway.endpoint.rest.bind-address': '127.0.0.1',
    'sql-gateway.endpoint.rest.port': ports.sqlGateway,
    'web.refresh-interval': 500,
    'cluster.registration.error-delay': 1_000,
    'heartbeat.interval': 1_000,
    'heartbeat.timeout': 6_000,
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': 1_000,
    'restart-strategy.fixed-delay.delay': '1s',
    'execution.checkpointing.interval': '2s',
    'execution.checkpointing.dir': `file://${folder}/checkpoints`,
    'execution.checkpointing.savepoint-dir': `file://${folder}/savepoints`,
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'execution.checkpointing.num-retained': 3,
    'table.local-time-zone': 'UTC',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${typeof value === 'number' ? value : JSON.stringify(value)}\n`)
    .join('');
}
