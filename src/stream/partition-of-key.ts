// Which partition a key belongs to: the rule that Kafka's own clients use, so that both logs agree on it.

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

function mixed(word: number): number {
  const product = Math.imul(word, multiplier);
  return Math.imul(product ^ (product >>> 24), multiplier);
}

/** MurmurHash2 in 32 bits, with the seed that Kafka uses; signed. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const wholeWords = length - (length % 4);
  let hash = seed ^ length;
  for (let at = 0; at < wholeWords; at += 4) {
    hash = Math.imul(hash, multiplier) ^ mixed(view.getInt32(at, true));
  }
  if (wholeWords < length) {
    let rest = 0;
    for (let at = length - 1; at >= wholeWords; at -= 1) rest = (rest << 8) | view.getUint8(at);
    hash = Math.imul(hash ^ rest, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

/** The partition of a key among that many; the same key always has the same one. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
