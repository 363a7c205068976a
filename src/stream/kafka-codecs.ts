// The compressions of Kafka batches: gzip is written, and gzip, snappy, lz4 and zstd are read.

import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { decompress as inflateZstd } from 'fzstd';
import kafkajs from 'kafkajs';
import { uncompress as inflateSnappyBlock } from 'snappyjs';
import { inflateLz4 } from './kafka-lz4.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** The header that Java clients set before snappy blocks; a version and a compatible version follow it. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const xerialHeaderBytes = 16;

interface Encoder {
  readonly buffer: Buffer;
}

/** Makes kafkajs, which throws at all but gzip, read every compression; and write gzip at its fastest level. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    compress: ({ buffer }: Encoder) => pack(buffer, { level: 1 }),
    decompress: (bytes: Buffer) => unpack(bytes),
  });
  CompressionCodecs[CompressionTypes.Snappy] = () => readOnly(inflateSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = () => readOnly(inflateLz4);
  CompressionCodecs[CompressionTypes.ZSTD] = () => readOnly((bytes) => Buffer.from(inflateZstd(bytes)));
}

function readOnly(inflate: (bytes: Buffer) => Buffer) {
  return {
    compress: () => {
      throw new Error('Only gzip is written.');
    },
    decompress: async (bytes: Buffer) => inflate(bytes),
  };
}

/** Java clients write a header and then blocks, each behind its length; others write one block and nothing else. */
export function inflateSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) {
    return Buffer.from(inflateSnappyBlock(bytes));
  }
  const blocks: Uint8Array[] = [];
  for (let place = xerialHeaderBytes; place < bytes.length; ) {
    const end = place + 4 + bytes.readUInt32BE(place);
    blocks.push(inflateSnappyBlock(bytes.subarray(place + 4, end)));
    place = end;
  }
  return Buffer.concat(blocks);
}
