// What src/metrics/definitions.ts gains: the constants before its list, the metrics at the end of it.

const visits: FactSource = { model: 'Visit', time: 'startedAt', arrived: 'arrivedAt' };

const doctor: DimensionDefinition = {
  name: 'DOCTOR',
  title: 'Doctor',
  description: 'The doctor: the code, labelled with the name.',
  by: { kind: 'field', path: ['doctor'], value: 'code', label: 'name' },
};

const specialty: DimensionDefinition = {
  name: 'SPECIALTY',
  title: 'Specialty',
  description: 'What the doctor specialises in; null where it is unknown.',
  by: { kind: 'field', path: ['doctor'], value: 'specialty' },
};

const ofVisits = { source: visits, dimensions: [doctor, specialty, source, weekday, hourOfDay] };

export const definitions: Definitions = createDefinitions([
  {
    ...ofVisits,
    name: 'VISITS',
    title: 'Visits',
    description: 'The number of visits.',
    unit: 'COUNT',
    measure: { kind: 'count' },
  },
  {
    ...ofVisits,
    name: 'FEES',
    title: 'Fees',
    description: 'The sum of the fees of all visits.',
    unit: 'MONEY',
    measure: { kind: 'sum', field: 'fee' },
  },
  {
    ...ofVisits,
    name: 'FEE_PER_VISIT',
    title: 'Fee per visit',
    description: 'FEES divided by VISITS; null without visits.',
    unit: 'MONEY',
    measure: { kind: 'ratio', numerator: 'FEES', denominator: 'VISITS' },
  },
]);
