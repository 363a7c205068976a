// Holds that the filter of metrics has one meaning for each of its names, whatever facts there are.

import { describe, expect, it } from 'vitest';
import { sharedFields } from '../../graphql/metric-filter.js';
import type { ModelApi, Target } from '../../graphql/model.js';

function facts(name: string, filters: Readonly<Record<string, Target>>): ModelApi {
  return {
    name,
    key: [],
    filters: new Map(Object.entries(filters)),
    orders: new Map(),
    defaultOrder: [],
    search: [],
  };
}

const column = (...path: string[]): Target => ({ kind: 'column', path });

describe('the filter of metrics over several facts', () => {
  it('has every field once, where both mean the same by it', () => {
    const sales = facts('Sale', { source: column('source'), kind: column('kind') });
    const files = facts('LoadedFile', { source: column('source'), name: column('name') });
    const fields = sharedFields([sales, files]);
    expect([...fields.keys()]).toEqual(['source', 'kind', 'name']);
    expect(fields.get('name')).toBe(fields.get('source'));
    expect(fields.get('kind')).not.toBe(fields.get('source'));
  });

  it('refuses a name that means two things', () => {
    const sales = facts('Sale', { kind: column('kind') });
    const files = facts('LoadedFile', { kind: column('model') });
    expect(() => sharedFields([sales, files])).toThrow(
      'Metrics of Sale and of LoadedFile are filtered by `kind`, which is not the same in both',
    );
  });
});
