// JSON that may be none.

/** Undefined, which is no value of JSON, for what is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
