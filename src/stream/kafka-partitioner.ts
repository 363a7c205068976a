// Which partition a record goes to: the same that Kafka's own clients choose for its key.

/** Chooses a partition of `count`; records without a key go round. */
export function createPartitioner(): (key: string | null, count: number) => number {
  let turn = Math.floor(Math.random() * 0x7fffffff);
  return (key, count) => {
    if (key !== null) return (murmur2(Buffer.from(key)) & 0x7fffffff) % count;
    turn = (turn + 1) & 0x7fffffff;
    return turn % count;
  };
}

const multiplier = 0x5bd1e995;
const seed = 0x9747b28c;

/** MurmurHash2 of 32 bits, by Austin Appleby, with the seed of Kafka's Java client. */
export function murmur2(bytes: Buffer): number {
  const whole = bytes.length & ~3;
  let hash = seed ^ bytes.length;
  for (let place = 0; place < whole; place += 4) {
    let word = Math.imul(bytes.readInt32LE(place), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  if (whole < bytes.length) {
    for (let place = bytes.length - 1; place >= whole; place -= 1) {
      hash ^= (bytes[place] ?? 0) << (8 * (place - whole));
    }
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
