// Seeded randomness: every draw of the project comes from a named stream of one seed.

import { createHash } from 'node:crypto';

/** A source of random numbers that gives the same numbers whenever it is made from the same seed and names. */
export interface Random {
  /** A whole number from 0 to 2^32 - 1, each equally likely. */
  uint32(): number;
  /** A number in [0, 1) with 53 random bits. */
  uniform(): number;
  /** A whole number from 0 to `bound` - 1 (its bias is below bound / 2^53). `bound` is a positive whole number. */
  integer(bound: number): number;
  /**
   * An independent source for one purpose. It depends on the seed and the names alone, never on what
   * was drawn before, so that one part may draw more without changing any other part.
   */
  stream(name: string): Random;
}

/** Four 32-bit words, not all zero: where a generator stands. */
export type RandomState = readonly [number, number, number, number];

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/**
 * xoshiro128** 1.1 (D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators",
 * ACM TOMS 47(4), 2021): 128 bits of state, period 2^128 - 1. Returns a function that gives the next 32 bits.
 */
export function xoshiro128(state: RandomState): () => number {
  let [a, b, c, d] = state;
  return () => {
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return scrambled >>> 0;
  };
}

/** The first 128 bits of SHA-256 of the path: paths that differ give states that have nothing in common. */
function stateOf(path: string): RandomState {
  const digest = createHash('sha256').update(path).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}

function randomAt(path: string): Random {
  const next = xoshiro128(stateOf(path));
  const uniform = () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
  return {
    uint32: next,
    uniform,
    integer: (bound) => Math.floor(uniform() * bound),
    stream: (name) => randomAt(`${path}\u0000${name}`),
  };
}

/** Makes the root source of a seed. */
export function createRandom(seed: number | string): Random {
  return randomAt(String(seed));
}
