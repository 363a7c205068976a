// Says of what happens again and again whether it is time to speak of it once more.

/** A function that is true at its first call, and then again once so long has passed since it was last true. */
export function createNowAndThen(everyMs: number): () => boolean {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (nowMs < quietUntilMs) return false;
    quietUntilMs = nowMs + everyMs;
    return true;
  };
}
