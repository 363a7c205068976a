// The number stream of the reference files: a linear congruential generator.

/** s = (1664525 s + 1013904223) mod 2^32 and u = s / 2^32, the first draw already advanced. */
export function createLcg(seed: number): { uniform(): number; nearNormal(): number } {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    uniform,
    /** The sum of twelve draws less 6: mean 0, variance 1. */
    nearNormal: () => {
      let sum = 0;
      for (let draw = 0; draw < 12; draw += 1) sum += uniform();
      return sum - 6;
    },
  };
}
