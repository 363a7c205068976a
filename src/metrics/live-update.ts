// From the bytes of a result to the update that followers get.

import type { LiveUpdate, ResultMessage } from './live.js';
import type { DimensionKey } from './report.js';

/** A window of a cut with one key, as text. */
export function windowKey({ cut, start, key }: Pick<ResultMessage, 'cut' | 'start' | 'key'>): string {
  return `${cut}|${start ?? ''}|${JSON.stringify(key)}`;
}

/** The cut whose name begins the key of a record of the results topic; undefined when it is no such key. */
export function cutOfRecord(key: string): string | undefined {
  const end = key.indexOf('|');
  return end > 0 ? key.slice(0, end) : undefined;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isKey(value: unknown): value is (string | null)[] {
  return Array.isArray(value) && value.every(isTextOrNull);
}

function isValues(value: unknown): value is Record<string, string | null> {
  return typeof value === 'object' && value !== null && Object.values(value).every(isTextOrNull);
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

/** The result that a text holds; undefined when it is none. */
export function parseResult(text: string): ResultMessage | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const {
    cut,
    start,
    end,
    key,
    labels,
    values,
    refused,
    final,
    revision,
    watermark,
  }: Partial<Record<keyof ResultMessage, unknown>> = parsed;
  if (typeof cut !== 'string' || typeof final !== 'boolean' || typeof revision !== 'number') return undefined;
  if (!isTextOrNull(start) || !isTextOrNull(end) || !isTextOrNull(watermark)) return undefined;
  if (!isKey(key) || !isKey(labels) || !isValues(values)) return undefined;
  const result = { cut, start, end, key, labels, values, final, revision, watermark };
  return isNames(refused) ? { ...result, refused } : result;
}

/** The names of a cut's dimensions, which stand in its name. */
export function dimensionsOf(cut: string): string[] {
  return (
    cut
      .split('/')[2]
      ?.split(',')
      .filter((name) => name !== '') ?? []
  );
}

/** What followers get of a result. */
export function updateOf(
  result: ResultMessage,
  dimensions: readonly string[],
  cursor: string,
  appendedAtMs: number | null,
): LiveUpdate {
  const { cut, start, end, key, labels, values, refused = [], final, revision, watermark } = result;
  return {
    cut,
    window: windowKey(result),
    windowStart: dateOf(start),
    windowEnd: dateOf(end),
    keys: dimensions.map(
      (dimension, place): DimensionKey => ({
        dimension,
        value: key[place] ?? null,
        label: labels[place] ?? null,
      }),
    ),
    values,
    refused,
    final,
    revision,
    watermark: dateOf(watermark),
    cursor,
    appendedAtMs,
  };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
