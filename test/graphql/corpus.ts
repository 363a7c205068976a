// Documents that touch only the warehouse, one for each thing that a client can write.

interface CorpusEntry {
  readonly name: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

const saleFields =
  'id source invoice line kind quantity unitPrice amount soldAt estimated region product { id code name } customer { id code region }';

export const corpus: readonly CorpusEntry[] = [
  { name: 'a list', query: '{ products { nodes { id code name category description } } }' },
  { name: 'a list with edges', query: '{ products(first: 3) { edges { cursor node { code } } } }' },
  { name: 'every field of a sale', query: `{ sales(first: 60) { nodes { ${saleFields} } } }` },
  {
    name: 'page info and count',
    query:
      '{ sales(first: 5) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
  },
  {
    name: 'the last page',
    query:
      '{ sales(last: 5) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } nodes { soldAt } } }',
  },
  {
    name: 'an empty page',
    query:
      '{ sales(first: 0) { edges { cursor } nodes { id } pageInfo { hasNextPage startCursor endCursor } } }',
  },
  {
    name: 'a list that finds nothing',
    query:
      '{ products(filter: { code: { equals: "none" } }) { totalCount nodes { code } edges { cursor } pageInfo { hasNextPage endCursor } } }',
  },
  {
    name: 'a row by its code',
    query: '{ product(code: "B%2") { id code name category description } none: product(code: "x") { id } }',
  },
  {
    name: 'lists in a list',
    query:
      '{ customers { nodes { code sales(first: 2) { totalCount nodes { invoice product { code } } pageInfo { hasNextPage endCursor } } } } }',
  },
  {
    name: 'aliases of one relation with other arguments',
    query:
      '{ customers { nodes { newest: sales(first: 1) { nodes { soldAt } } oldest: sales(last: 1) { nodes { soldAt } } big: sales(first: 2, orderBy: [{ amount: DESC }]) { nodes { amount } } } } }',
  },
  {
    name: 'four levels',
    query:
      '{ products(first: 2) { nodes { sales(first: 2) { nodes { customer { sales(first: 2) { nodes { product { name } } } } } } } } }',
  },
  {
    name: 'type names',
    query:
      '{ __typename products(first: 1) { __typename edges { __typename node { __typename } } pageInfo { __typename } } }',
  },
  {
    name: 'a node by id',
    query: '{ node(id: "Product:A1") { id __typename ... on Product { name } ... on Sale { invoice } } }',
  },
  {
    name: 'nodes of several types',
    query:
      'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Product { name } ... on Customer { name region sales(first: 1) { nodes { id } } } ... on Sale { amount product { code } } } }',
    variables: {
      ids: [
        'Product:C/3',
        'Customer:100',
        'Sale:shop%2Ftwo/500/1',
        'Sale:shop/500/2',
        'Product:none',
        'Nothing:1',
        'Sale:shop/x',
        'Product:B%2',
      ],
    },
  },
  {
    name: 'several root fields',
    query:
      '{ a: products(first: 1) { nodes { code } } b: customers(first: 1) { nodes { code } } c: product(code: "A1") { name } }',
  },
  {
    name: 'fragments',
    query:
      'query { products(first: 2) { ...page } } fragment page on ProductConnection { nodes { ...name ... on Product { code } ... { category } } } fragment name on Node { id ... on Product { name } }',
  },
  {
    name: 'include and skip',
    query:
      'query ($yes: Boolean!, $no: Boolean!) { products(first: 1) { nodes @include(if: $yes) { code @skip(if: $no) name @skip(if: $yes) } totalCount @include(if: $no) } }',
    variables: { yes: true, no: false },
  },
  {
    name: 'merged fields',
    query:
      '{ products(first: 2) { nodes { code } } products(first: 2) { nodes { name sales(first: 1) { nodes { id } } sales(first: 1) { totalCount } } } }',
  },
  {
    name: 'filters by text',
    query:
      '{ a: products(filter: { name: { contains: "LAMP" } }) { nodes { code } } b: products(filter: { name: { contains: "%" } }) { nodes { code } } c: products(filter: { code: { startsWith: "b_" } }) { nodes { code } } d: products(filter: { description: { contains: "\\\\" } }) { nodes { code } } e: products(filter: { name: { endsWith: "\\"" } }) { nodes { code } } f: products(filter: { description: { contains: "É" } }) { nodes { code } } }',
  },
  {
    name: 'filters by null',
    query:
      '{ a: sales(filter: { customer: null }) { totalCount } b: sales(filter: { customer: { code: { not: null } } }) { totalCount } c: products(filter: { name: { equals: null } }) { nodes { code } } d: sales(filter: { region: null }) { totalCount } e: sales(filter: { region: { not: null } }) { totalCount } f: customers(filter: { region: { equals: null } }) { nodes { code } } g: sales(filter: { product: null }) { totalCount } }',
  },
  {
    name: 'filters under not',
    query:
      '{ a: sales(filter: { NOT: { customer: { name: { equals: "Alice" } } } }) { totalCount } b: products(filter: { NOT: { category: { equals: "Lamps" } } }) { nodes { code } } c: sales(filter: { NOT: { region: { equals: "Malta" } } }) { totalCount } d: customers(filter: { NOT: { sales: { every: { region: { equals: "France" } } } } }) { nodes { code } } e: products(filter: { name: { not: "Kettle" } }) { nodes { code } } f: products(filter: { category: { notIn: ["Lamps"] } }) { nodes { code } } }',
  },
  {
    name: 'filters by segment',
    query:
      'query ($segments: [SegmentName!]!) { a: customers(filter: { segment: { in: [AT_RISK, LOYAL] } }) { totalCount nodes { code } } b: customers(filter: { segment: { equals: null } }) { nodes { code } } c: customers(filter: { segment: { not: LOYAL } }) { nodes { code } } d: customers(filter: { NOT: { segment: { equals: LOYAL } } }) { nodes { code } } e: sales(filter: { customer: { segment: { in: $segments } } }) { totalCount aggregate(metrics: [REVENUE, CUSTOMERS]) { value } } f: products(filter: { sales: { some: { customer: { segment: { equals: AT_RISK } } } } }) { nodes { code } } g: customers(filter: { segment: { notIn: $segments } }) { nodes { code } } h: events(filter: { customer: { segment: { not: null } } }) { totalCount } i: sales(filter: { NOT: { customer: { segment: { equals: LOYAL } } } }) { totalCount } j: customers(filter: { segment: null }) { nodes { code } } }',
    variables: { segments: ['AT_RISK', 'NEW'] },
  },
  {
    name: 'filters over lists',
    query:
      '{ a: products(filter: { sales: { some: { kind: { equals: RETURN } } } }) { nodes { code } } b: products(filter: { sales: { none: {} } }) { nodes { code } } c: customers(filter: { sales: { every: { amount: { gte: -1 } } } }) { nodes { code } } d: products(filter: { sales: { some: { customer: { region: { equals: "France" } } }, none: { quantity: { lt: -1 } } } }) { nodes { code } } }',
  },
  {
    name: 'filters that combine',
    query:
      '{ a: sales(filter: { OR: [{ kind: { in: [RETURN, ADJUSTMENT] } }, { amount: { gt: "20.5" } }], AND: [{ soldAt: { gte: "2024-01-02", lt: "2024-01-05T00:00:00+01:00" } }] }) { totalCount nodes { id } } b: sales(filter: { OR: [] }) { totalCount } c: sales(filter: { AND: [] }) { totalCount } d: sales(filter: {}) { totalCount } e: sales(filter: { kind: { in: [] } }) { totalCount } f: sales(filter: { kind: { notIn: [] } }) { totalCount } g: sales(filter: { product: {} }) { totalCount } h: sales(filter: { customer: {} }) { totalCount } i: sales(filter: { NOT: {} }) { totalCount } }',
  },
  {
    name: 'filters by variables',
    query:
      'query ($filter: SaleFilter, $first: Int, $order: [SaleOrder!]) { sales(filter: $filter, first: $first, orderBy: $order) { nodes { id quantity } } }',
    variables: {
      filter: { quantity: { in: [1, '2.0', -1] }, product: { category: { equals: 'Lamps' } } },
      first: 7,
      order: [{ quantity: 'ASC' }, { product: { code: 'DESC' } }],
    },
  },
  {
    name: 'orderings',
    query:
      '{ a: products(orderBy: [{ category: ASC }, { name: DESC }]) { edges { cursor node { code } } } b: sales(first: 60, orderBy: [{ customer: { code: ASC } }]) { nodes { id } } c: sales(first: 60, orderBy: [{ product: { category: DESC } }, { amount: ASC }]) { edges { cursor } } d: customers(orderBy: [{ region: DESC }]) { edges { cursor node { code region } } } e: sales(last: 4, orderBy: [{ customer: { name: DESC } }]) { edges { cursor } } }',
  },
  {
    name: 'search',
    query:
      '{ a: products(search: "kettle boils") { nodes { code } } b: products(search: "  ") { totalCount } c: products(search: "_") { nodes { code } } d: customers(search: "ALI 10") { nodes { code } } }',
  },
  {
    name: 'metrics over lists',
    query:
      'query ($metrics: [MetricName!]!) { sales(first: 1) { aggregate(metrics: [REVENUE, ORDERS, AVERAGE_ORDER_VALUE]) { metric value previous } other: aggregate(metrics: $metrics) { __typename v: value } none: aggregate(metrics: []) { value } } empty: sales(filter: { invoice: { equals: "x" } }) { aggregate(metrics: $metrics) { value } } customers { nodes { sales(filter: { kind: { equals: SALE } }) { totalCount aggregate(metrics: $metrics) { metric value } } } } }',
    variables: {
      metrics: [
        'GROSS_SALES',
        'RETURNS',
        'UNITS',
        'INVOICES',
        'CUSTOMERS',
        'PRODUCTS_SOLD',
        'RETURN_RATE',
        'UNITS_PER_ORDER',
      ],
    },
  },
  {
    name: 'events',
    query:
      '{ events(first: 30) { totalCount nodes { id source eventId type value text attributes occurredAt arrivedAt customer { code } product { code } } } measurements(first: 20) { edges { cursor node { id source eventId device series value text attributes occurredAt arrivedAt } } } }',
  },
  {
    name: 'events of products and customers',
    query:
      '{ products { nodes { code events(first: 3, filter: { type: { equals: "click" } }) { totalCount nodes { id value } } } } customers(filter: { events: { some: { type: { equals: "purchase" } } } }) { nodes { code events(last: 2) { nodes { id product { name } } } } } }',
  },
  {
    name: 'events by search, filter and order',
    query:
      '{ a: events(search: "WIEDER 100%") { nodes { id } } b: events(search: "offers") { totalCount } c: measurements(search: "°c") { nodes { id } } d: events(filter: { customer: null, value: { gt: 1 } }, orderBy: [{ value: DESC }]) { edges { cursor node { id value } } } e: events(orderBy: [{ product: { code: ASC } }, { type: DESC }], first: 24) { edges { cursor } } f: measurements(filter: { device: { in: ["d/0"] }, series: { not: null } }, orderBy: [{ value: ASC }]) { nodes { id } } g: events(filter: { attributes: { contains: "page" }, arrivedAt: { gte: "2024-01-31" } }) { totalCount } }',
  },
  {
    name: 'metrics over events',
    query:
      '{ events(filter: { type: { not: "view" } }) { aggregate(metrics: [EVENTS, VISITORS, CLICKS, CLICK_RATE]) { metric value } } products { nodes { events { aggregate(metrics: [EVENTS, PURCHASES]) { value } } } } measurements { aggregate(metrics: [MEASUREMENTS, MEASUREMENT_TOTAL, MEASUREMENT_AVERAGE]) { metric value } } }',
  },
  {
    name: 'events by id',
    query:
      '{ nodes(ids: ["Event:web%2Fshop/e4", "Measurement:plant/3@170406723", "Event:web/none", "Event:x"]) { id ... on Event { type } ... on Measurement { device } } }',
  },
];
