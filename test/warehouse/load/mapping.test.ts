import { describe, expect, test } from 'vitest';
import { FlywheelError } from '../../../src/core/errors.js';
import { builtInMappings } from '../../../src/warehouse/load/built-in-mappings.js';
import { planOf } from '../../../src/warehouse/load/load-file.js';

function faultsOf(mapping: unknown): readonly string[] {
  try {
    planOf({ mapping });
    return [];
  } catch (error) {
    if (!(error instanceof FlywheelError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

const sales = {
  model: 'Sale',
  source: 'x',
  fields: { invoice: 'i', product: 'p', amount: 'a', soldAt: 'd' },
};

describe('a mapping', () => {
  test('that is right has no faults', () => {
    expect(faultsOf(sales)).toEqual([]);
    for (const mapping of Object.values(builtInMappings)) expect(faultsOf(mapping)).toEqual([]);
  });

  test('has every fault of its form named at once, with what is allowed', () => {
    const faults = faultsOf({
      model: 'Sale',
      sorce: 'x',
      csv: { delimeter: ';' },
      decimal: '#',
      fields: {
        invoice: 7,
        amount: { colum: 'a' },
        soldAt: { column: 'd', date: 'iso' },
        quantity: { value: 1, column: 'q' },
      },
    });
    for (const start of [
      'csv.delimeter',
      'decimal',
      'sorce',
      'fields.invoice',
      'fields.amount',
      'fields.soldAt.date',
      'fields.quantity',
    ]) {
      expect(faults.filter((fault) => fault.startsWith(`${start}: `))).toHaveLength(1);
    }
    expect(faults).toHaveLength(7);
    for (const name of ['delimiter', 'source', 'column', 'dates']) {
      expect(faults.join('\n')).toContain(`Did you mean "${name}"?`);
    }
    expect(faults.join('\n')).toContain('Allowed here: delimiter, quote, header.');
  });

  test('has every fault against the tables named at once', () => {
    const faults = faultsOf({
      model: 'Sale',
      timeZone: 'Europe/Atlantis',
      codes: { produkt: 'own' },
      fields: {
        id: 'n',
        productId: 'p',
        quantitty: 'q',
        kind: { value: 'SOLD' },
        soldAt: { column: 'd', dates: 'YYYY' },
        'product.nam': 'x',
        amount: { multiply: ['quantity', 'price'] },
      },
    });
    const starts = [
      'timeZone',
      'codes.produkt',
      'codes',
      'fields.id',
      'fields.productId',
      'fields.quantitty',
      'fields.kind',
      'fields.product',
      'fields.amount',
      'source',
      'fields.invoice',
    ];
    for (const start of starts) expect(faults.map((fault) => fault.split(':')[0])).toContain(start);
    expect(faults.join('\n')).toContain('Did you mean "quantity"?');
    expect(faults.join('\n')).toContain('name the relation "product" instead');
    expect(faults.join('\n')).toContain('none of SALE, RETURN, ADJUSTMENT');
  });

  test('has faults of both kinds named together, and none that only follows from another', () => {
    const faults = faultsOf({
      ...sales,
      sorce: 'x',
      fields: { ...sales.fields, amount: { colum: 'a' }, quantitty: 'q' },
    });
    expect(faults.map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'sorce',
      'fields.amount',
      'fields.quantitty',
      'fields.unitPrice',
    ]);
  });

  test('for a model that does not exist is told which there are', () => {
    expect(faultsOf({ ...sales, model: 'Sales' })).toEqual([expect.stringContaining('Did you mean "Sale"?')]);
  });

  test('that keeps codes apart needs a source', () => {
    expect(faultsOf({ model: 'Product', codes: 'own', fields: { code: 'c' } })).toEqual([
      expect.stringContaining('"own" needs a "source"'),
    ]);
  });

  test.each([null, 'x', [], {}])('of the form %j is refused', (mapping) => {
    expect(faultsOf(mapping).length).toBeGreaterThan(0);
  });
});
