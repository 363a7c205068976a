// What the Kafka event log is told about its cluster, and the measures that it keeps to.

export interface KafkaOptions {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  readonly ssl: boolean;
  /** Paths of PEM files: what signed the brokers' certificates, and our own certificate with its key. */
  readonly sslCa: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly saslMechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | undefined;
  readonly username: string;
  readonly password: string;
  readonly createTopics: boolean;
  /** Copies of each partition of a topic that is created; -1 leaves it to the cluster. */
  readonly replication: number;
}

export const kafkaMeasures = {
  connectionTimeoutMs: 3_000,
  /** A request that is not answered by then is taken for lost, and its connection with it. */
  requestTimeoutMs: 15_000,
  /** How long a broker may wait for the copies of what it is given. */
  acknowledgementTimeoutMs: 10_000,
  /** How long an empty fetch waits at the broker; a reader that closes waits as long. */
  fetchWaitMs: 200,
  /** A member that was not heard of for so long is taken for dead, and others have its partitions within 10 s. */
  sessionTimeoutMs: 8_000,
  heartbeatEveryMs: 2_000,
  rebalanceTimeoutMs: 30_000,
  /** How often a reader looks whether its topics are still the same ones. */
  identityEveryMs: 5_000,
  /** How old a reader's knowledge of its topics' partitions may be. */
  metadataAgeMsMax: 10_000,
  retryPauseMsMin: 100,
  retryPauseMsMax: 1_000,
  /** How long a goodbye to the brokers may take before the connections are just cut. */
  closeTimeoutMs: 5_000,
} as const;
