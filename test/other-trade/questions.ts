// What the clinic is asked, and the answers as they follow from the eight rows of visits.csv.

export interface Question {
  readonly name: string;
  readonly query: string;
  readonly answer: unknown;
  /** Whether it reads rows, which the planner then takes; reports have statements of their own. */
  readonly read: boolean;
}

const reads = [
  {
    name: 'a list with a filter, an ordering, a count and metrics',
    query: `{
      visits(first: 3, orderBy: [{ fee: DESC }], filter: { minutes: { gte: 15 } }) {
        totalCount
        nodes { id number fee minutes startedAt doctor { code } }
        pageInfo { hasNextPage hasPreviousPage }
        aggregate(metrics: [VISITS, FEES, FEE_PER_VISIT]) { metric value }
      }
    }`,
    answer: {
      visits: {
        totalCount: 6,
        nodes: [
          {
            id: 'Visit:clinic/V6',
            number: 'V6',
            fee: 120,
            minutes: 45,
            startedAt: '2024-02-14T16:45:00.000Z',
            doctor: { code: 'D1' },
          },
          {
            id: 'Visit:clinic/V8',
            number: 'V8',
            fee: 95.25,
            minutes: 30,
            startedAt: '2024-03-31T23:30:00.000Z',
            doctor: { code: 'D1' },
          },
          {
            id: 'Visit:clinic/V1',
            number: 'V1',
            fee: 80,
            minutes: 20,
            startedAt: '2024-01-30T09:00:00.000Z',
            doctor: { code: 'D1' },
          },
        ],
        pageInfo: { hasNextPage: true, hasPreviousPage: false },
        aggregate: [
          { metric: 'VISITS', value: 6 },
          { metric: 'FEES', value: 446.25 },
          { metric: 'FEE_PER_VISIT', value: 74.375 },
        ],
      },
    },
  },
  {
    name: 'an ordering and a filter through the relation',
    query: `{
      visits(
        orderBy: [{ doctor: { name: DESC } }, { startedAt: ASC }]
        filter: { OR: [{ doctor: { specialty: { equals: null } } }, { doctor: { code: { equals: "D2" } } }] }
      ) { nodes { number doctor { name specialty } } }
    }`,
    answer: {
      visits: {
        nodes: [
          { number: 'V4', doctor: { name: 'Cleo Winter', specialty: null } },
          ...['V2', 'V5', 'V7'].map((number) => ({
            number,
            doctor: { name: 'Ben Okoro', specialty: 'Paediatrics' },
          })),
        ],
      },
    },
  },
  {
    name: 'a list beneath every row of a list, found by what it contains',
    query: `{
      doctors(filter: { visits: { some: { fee: { lt: 50 } } } }) {
        nodes {
          code
          visits(last: 1) { totalCount nodes { number } aggregate(metrics: [FEES]) { value } }
        }
      }
    }`,
    answer: {
      doctors: {
        nodes: [
          { code: 'D2', visits: { totalCount: 3, nodes: [{ number: 'V2' }], aggregate: [{ value: 151 }] } },
          { code: 'D3', visits: { totalCount: 1, nodes: [{ number: 'V4' }], aggregate: [{ value: 30.25 }] } },
        ],
      },
    },
  },
  {
    name: 'a search',
    query: '{ doctors(search: "moss CARD") { nodes { code name specialty } } }',
    answer: { doctors: { nodes: [{ code: 'D1', name: 'Ada Moss', specialty: 'Cardiology' }] } },
  },
  {
    name: 'one row by its code, and none by another',
    query: `{
      known: doctor(code: "D3") { id name visits { nodes { number minutes } } }
      unknown: doctor(code: "D9") { name }
    }`,
    answer: {
      known: { id: 'Doctor:D3', name: 'Cleo Winter', visits: { nodes: [{ number: 'V4', minutes: 10 }] } },
      unknown: null,
    },
  },
  {
    name: 'nodes by their ids',
    query: `{
      node(id: "Visit:clinic/V3") { __typename id ... on Visit { minutes fee doctor { name } } }
      nodes(ids: ["Doctor:D2", "Visit:clinic/V99", "Visit:clinic/V5"]) {
        id
        ... on Doctor { specialty }
        ... on Visit { fee }
      }
    }`,
    answer: {
      node: {
        __typename: 'Visit',
        id: 'Visit:clinic/V3',
        minutes: null,
        fee: 80,
        doctor: { name: 'Ada Moss' },
      },
      nodes: [{ id: 'Doctor:D2', specialty: 'Paediatrics' }, null, { id: 'Visit:clinic/V5', fee: 60 }],
    },
  },
];

const reports = [
  {
    name: 'a report by the new dimension, with totals',
    query: `{
      report(metrics: [VISITS, FEES, FEE_PER_VISIT], by: [DOCTOR], orderBy: [{ metric: FEES, direction: DESC }]) {
        rows { keys { dimension value label } values { value } }
        totals { metric value }
      }
    }`,
    answer: {
      report: {
        rows: [
          {
            keys: [{ dimension: 'DOCTOR', value: 'D1', label: 'Ada Moss' }],
            values: [{ value: 4 }, { value: 375.25 }, { value: 93.8125 }],
          },
          {
            keys: [{ dimension: 'DOCTOR', value: 'D2', label: 'Ben Okoro' }],
            values: [{ value: 3 }, { value: 151 }, { value: 50.333333 }],
          },
          {
            keys: [{ dimension: 'DOCTOR', value: 'D3', label: 'Cleo Winter' }],
            values: [{ value: 1 }, { value: 30.25 }, { value: 30.25 }],
          },
        ],
        totals: [
          { metric: 'VISITS', value: 8 },
          { metric: 'FEES', value: 556.5 },
          { metric: 'FEE_PER_VISIT', value: 69.5625 },
        ],
      },
    },
  },
  {
    name: "a report by month in the clinic's own time zone, filtered by the new dimension",
    query: `{
      report(
        metrics: [VISITS, FEES]
        grain: MONTH
        by: [SPECIALTY]
        timeZone: "Europe/London"
        filter: { doctor: { specialty: { not: "Paediatrics" } } }
      ) { rows { at keys { value } values { value } } freshness { newest } }
    }`,
    answer: {
      report: {
        rows: [
          month('2024-01-01T00:00:00.000Z', 'Cardiology', 2, 160),
          month('2024-02-01T00:00:00.000Z', 'Cardiology', 1, 120),
          month('2024-03-31T23:00:00.000Z', 'Cardiology', 1, 95.25),
        ],
        freshness: { newest: '2024-03-31T23:30:00.000Z' },
      },
    },
  },
  {
    name: 'a report by a dimension that the shop has as well',
    query: `{
      report(metrics: [VISITS], by: [SOURCE, WEEKDAY], timeZone: "Europe/London") {
        rows { keys { value } values { value } }
      }
    }`,
    answer: {
      report: {
        // Monday once, then Tuesday to Friday.
        rows: [1, 2, 2, 2, 1].map((count, place) => ({
          keys: [{ value: 'clinic' }, { value: String(place + 1) }],
          values: [{ value: count }],
        })),
      },
    },
  },
];

function month(at: string, specialty: string, visits: number, fees: number) {
  return { at, keys: [{ value: specialty }], values: [{ value: visits }, { value: fees }] };
}

export const questions: readonly Question[] = [
  ...reads.map((question) => ({ ...question, read: true })),
  ...reports.map((question) => ({ ...question, read: false })),
];
