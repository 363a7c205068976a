// Reads LZ4 frames, as Kafka clients write them.

const frameMagic = 0x184d2204;
const skippableMagic = 0x184d2a50;

/** A block whose length has this bit set is stored as it is. */
const storedBit = 0x80000000;

function broken(): Error {
  return new Error('The LZ4 frame is broken.');
}

/**
 * Inflates all frames one after another. Layout: the LZ4 Frame Format Description, version 1.6.4. Checksums are passed
 * over, since a Kafka batch has its own. Throws at what is not a frame.
 */
export function inflateLz4(bytes: Buffer): Buffer {
  const output = new Output(Math.max(1_024, bytes.length * 4));
  let place = 0;
  while (place < bytes.length) {
    const magic = bytes.readUInt32LE(place);
    if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
      place += 8 + bytes.readUInt32LE(place + 4);
    } else if (magic === frameMagic) {
      place = inflateFrame(bytes, place + 4, output);
    } else {
      throw broken();
    }
  }
  return output.bytes();
}

function inflateFrame(bytes: Buffer, start: number, output: Output): number {
  const flags = bytes.readUInt8(start);
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasContentSize = (flags & 0x08) !== 0;
  const hasContentChecksum = (flags & 0x04) !== 0;
  const hasDictionary = (flags & 0x01) !== 0;
  // Flags and block descriptor, the optional fields, and the checksum of the header.
  let place = start + 2 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1;
  for (;;) {
    const length = bytes.readUInt32LE(place);
    place += 4;
    if (length === 0) return place + (hasContentChecksum ? 4 : 0);
    const size = length & ~storedBit;
    const block = bytes.subarray(place, place + size);
    if (block.length < size) throw broken();
    if ((length & storedBit) !== 0) output.append(block);
    else inflateBlock(block, output);
    place += size + (hasBlockChecksum ? 4 : 0);
  }
}

/** A block is a row of sequences: literals, then a copy of what was written before. The last has literals alone. */
function inflateBlock(block: Buffer, output: Output): void {
  let place = 0;
  const extended = (nibble: number): number => {
    let length = nibble;
    if (nibble !== 15) return length;
    for (;;) {
      const more = block.readUInt8(place++);
      length += more;
      if (more !== 255) return length;
    }
  };
  while (place < block.length) {
    const token = block.readUInt8(place++);
    const literals = extended(token >> 4);
    if (place + literals > block.length) throw broken();
    output.append(block.subarray(place, place + literals));
    place += literals;
    if (place === block.length) return;
    const distance = block.readUInt16LE(place);
    place += 2;
    output.repeat(distance, extended(token & 15) + 4);
  }
}

/** Bytes that grow, and can repeat what they hold. */
class Output {
  #buffer: Buffer;
  #length = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  append(bytes: Buffer): void {
    this.#grow(bytes.length);
    bytes.copy(this.#buffer, this.#length);
    this.#length += bytes.length;
  }

  /** Copies `count` bytes from `distance` before the end; they may overlap with what is being written. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw broken();
    this.#grow(count);
    const buffer = this.#buffer;
    const start = this.#length;
    if (distance >= count) {
      buffer.copyWithin(start, start - distance, start - distance + count);
    } else {
      for (let index = 0; index < count; index += 1) {
        buffer[start + index] = buffer[start + index - distance] ?? 0;
      }
    }
    this.#length += count;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(by: number): void {
    const needed = this.#length + by;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
