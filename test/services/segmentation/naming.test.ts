import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentNames } from '../../../src/services/segmentation/contract.js';
import { nameGroup, namingRules } from '../../../src/services/segmentation/naming.js';

describe('the name of a group', () => {
  it('follows from where its average stands', () => {
    expect(nameGroup({ recency: 0.2, value: 0.9 })).toBe('LOYAL');
    expect(nameGroup({ recency: 0.4, value: 0.6 })).toBe('ACTIVE');
    expect(nameGroup({ recency: 0.3, value: 0.3 })).toBe('NEW');
    expect(nameGroup({ recency: 0.7, value: 0.7 })).toBe('AT_RISK');
    expect(nameGroup({ recency: 0.8, value: 0.2 })).toBe('LOST');
  });

  it('is the better one on a border', () => {
    expect(nameGroup({ recency: 0.5, value: 0.75 })).toBe('LOYAL');
    expect(nameGroup({ recency: 0.5, value: 0.5 })).toBe('ACTIVE');
    expect(nameGroup({ recency: 0.51, value: 0.5 })).toBe('AT_RISK');
  });

  it('stays what it was a little beyond the border, and not farther', () => {
    expect(nameGroup({ recency: 0.52, value: 0.73 }, 'LOYAL')).toBe('LOYAL');
    expect(nameGroup({ recency: 0.56, value: 0.8 }, 'LOYAL')).toBe('AT_RISK');
    expect(nameGroup({ recency: 0.4, value: 0.69 }, 'LOYAL')).toBe('ACTIVE');
  });

  it('is there for every standing, and the same once it was given', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, (recency, value) => {
        const name = nameGroup({ recency, value });
        expect(nameGroup({ recency, value }, name)).toBe(name);
        expect(name === 'AT_RISK' || name === 'LOST').toBe(recency > 0.5);
      }),
    );
  });

  it('has a title and a rule in words', () => {
    for (const name of segmentNames) {
      expect(namingRules[name].title.length).toBeGreaterThan(3);
      expect(namingRules[name].words).toMatch(/^[A-Z].*\.$/);
    }
  });
});
