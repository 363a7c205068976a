// How settings are read: from a text to a typed value, or to a sentence that says what it must be.

import { z } from 'zod';

/** A setting: its text, when there is one, through `read`; a value that `read` refuses is told what it must be. */
export function setting<T>(mustBe: string, read: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: mustBe });
    return z.NEVER;
  });
}

function wholeNumberWithin(min: number, max: number) {
  return (text: string): number | undefined => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  };
}

/** A whole number within bounds; `unit` is said in the fault, as in " of bytes". */
export function wholeNumber(min: number, max: number, unit: string) {
  return setting(`a whole number${unit} from ${min} to ${max}`, wholeNumberWithin(min, max));
}

/** A whole number within bounds, or null for `off`. */
export function wholeNumberOrOff(min: number, max: number, unit: string) {
  return setting(
    `a whole number${unit} from ${min} to ${max}, or off`,
    unlessOff(wholeNumberWithin(min, max)),
  );
}

/** A number within bounds, whole or not. */
export function numberFrom(min: number, max: number) {
  return setting(`a number from ${min} to ${max}`, (text) => {
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  });
}

/** A share from 0 to so much. */
export function share(max: number) {
  return setting(`a share from 0 to ${max}, such as 0.1`, (text) => {
    const value = Number(text);
    return value >= 0 && value <= max ? value : undefined;
  });
}

/** Null for `off`, and anything else as `read` reads it. */
export function unlessOff<T>(read: (text: string) => T | undefined) {
  return (text: string): T | null | undefined => (text === 'off' ? null : read(text));
}

/** `on` or `off`. */
export const onOff = setting('on or off', (text) =>
  text === 'on' ? true : text === 'off' ? false : undefined,
);

/** Entries separated by commas or line ends; undefined when one of them does not pass. */
export function listOf(passes: (entry: string) => boolean) {
  return (text: string): readonly string[] | undefined => {
    const entries = splitEntries(text);
    return entries.every(passes) ? entries : undefined;
  };
}

/** The entries of a list. */
export function splitEntries(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** How many characters must be inserted, removed or replaced to make one text of the other. */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
