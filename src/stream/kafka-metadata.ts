// The one request that kafkajs cannot make: metadata with the identities of topics (Metadata, version 12).

/** What a cluster says of itself. */
export interface ClusterDescription {
  readonly clusterId: string;
  readonly brokers: number;
  /** The topics that were asked for and are there. */
  readonly topics: ReadonlyMap<string, TopicDescription>;
}

export interface TopicDescription {
  readonly topic: string;
  readonly topicId: string;
  /** In their order; `hasLeader` says whether somebody can be asked for it now. */
  readonly partitions: readonly { readonly partition: number; readonly hasLeader: boolean }[];
}

export const metadataRequest = { apiKey: 3, apiVersion: 12, apiName: 'Metadata' } as const;

/** Kafka's error codes that may stand at a topic. */
const codes = { none: 0, unknownTopic: 3, leaderNotAvailable: 5, notAuthorized: 29 } as const;

/** A topic that must not be described to us. */
export class TopicNotAuthorized extends Error {
  constructor(readonly topic: string) {
    super(`The topic ${topic} may not be described.`);
    this.name = 'TopicNotAuthorized';
  }
}

/**
 * The request for some topics, none of which is created by it. kafkajs writes a header without tags, which this version
 * has; so the first byte here is the empty tags of the header.
 */
export function encodeMetadataRequest(topics: readonly string[]): Buffer {
  const names = topics.map((topic) => {
    const name = Buffer.from(topic);
    return Buffer.concat([Buffer.alloc(16), unsigned(name.length + 1), name, Buffer.of(0)]);
  });
  const creates = Buffer.of(0);
  const withOperations = Buffer.of(0);
  return Buffer.concat([
    Buffer.of(0),
    unsigned(topics.length + 1),
    ...names,
    creates,
    withOperations,
    Buffer.of(0),
  ]);
}

/** Reads the answer from behind the correlation id on. Throws TopicNotAuthorized. */
export function decodeMetadataResponse(bytes: Buffer): ClusterDescription {
  const reader = new Reader(bytes);
  reader.tags();
  reader.int32(); // how long the broker was throttled
  const brokers = reader.array(() => {
    reader.int32();
    reader.text();
    reader.int32();
    reader.text();
    reader.tags();
  }).length;
  const clusterId = reader.text() ?? '';
  reader.int32(); // the controller
  const topics = reader.array(() => readTopic(reader));
  return {
    clusterId,
    brokers,
    topics: new Map(
      topics.flatMap(({ code, description }) => {
        const { topic, partitions } = description;
        if (code === codes.notAuthorized) throw new TopicNotAuthorized(topic);
        const isThere = code === codes.none || (code === codes.leaderNotAvailable && partitions.length > 0);
        return isThere ? [[topic, description] as const] : [];
      }),
    ),
  };
}

function readTopic(reader: Reader): { code: number; description: TopicDescription } {
  const code = reader.int16();
  const topic = reader.text() ?? '';
  const topicId = reader.uuid();
  reader.int8(); // whether the topic is one of Kafka's own
  const partitions = reader.array(() => {
    reader.int16();
    const partition = reader.int32();
    const leader = reader.int32();
    reader.int32(); // the epoch of the leader
    for (let list = 0; list < 3; list += 1) reader.array(() => reader.int32());
    reader.tags();
    return { partition, hasLeader: leader >= 0 };
  });
  reader.int32(); // authorised operations, which were not asked for
  reader.tags();
  return {
    code,
    description: { topic, topicId, partitions: partitions.sort((a, b) => a.partition - b.partition) },
  };
}

/** A whole number in Kafka's compact form: seven bits a byte, the lowest first. */
function unsigned(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

class Reader {
  #place = 0;

  constructor(private readonly bytes: Buffer) {}

  int8(): number {
    return this.bytes.readInt8(this.#forward(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#forward(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#forward(4));
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes.readUInt8(this.#forward(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  text(): string | null {
    const length = this.unsigned() - 1;
    if (length < 0) return null;
    const start = this.#forward(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** As Kafka's own tools print it. */
  uuid(): string {
    const start = this.#forward(16);
    return this.bytes.toString('base64url', start, start + 16);
  }

  array<T>(read: () => T): T[] {
    const length = Math.max(0, this.unsigned() - 1);
    return Array.from({ length }, read);
  }

  /** Passes over fields that later versions may add. */
  tags(): void {
    for (let left = this.unsigned(); left > 0; left -= 1) {
      this.unsigned();
      this.#forward(this.unsigned());
    }
  }

  #forward(by: number): number {
    const start = this.#place;
    this.#place += by;
    return start;
  }
}
