// The rooms of the house and who may import whom, checked on every file of src and graphql.
// Type-only imports count too, and there is no list of exceptions.

/** A room is a folder; a file room is one file at the top of src. What it may import beside itself. */
const rooms = {
  'src/core': [],
  'src/math': ['src/core'],
  'src/stream': ['src/core'],
  'src/events': ['src/core', 'src/stream'],
  'src/warehouse': ['src/core', 'src/stream', 'src/events'],
  'src/metrics': ['src/core', 'src/stream', 'src/events', 'src/warehouse'],
  'src/pipeline': ['src/core', 'src/stream', 'src/events', 'src/warehouse', 'src/metrics'],
  'src/access': ['src/core', 'src/warehouse/catalogue.ts'],
  'src/engines': ['src/core', 'src/warehouse', 'src/metrics'],
  'src/services/host': ['src/core', 'src/stream', 'src/warehouse'],
  'src/flywheel': [
    'src/core',
    'src/math',
    'src/stream',
    'src/events',
    'src/warehouse',
    'src/metrics',
    'contracts of services',
  ],
  'src/simulator': ['src/core', 'src/math', 'src/stream', 'src/events'],
  'src/door': ['src/core', 'src/events', 'src/access'],
  graphql: [
    'src/core',
    'src/events',
    'src/warehouse',
    'src/metrics',
    'src/access',
    'src/flywheel',
    'contracts of services',
  ],
  'src/config.ts': ['src/core'],
};

/** What every workshop (a service that is not the host) may import; another workshop is never among it. */
const ofEveryWorkshop = [
  'src/core',
  'src/math',
  'src/stream',
  'src/events',
  'src/warehouse',
  'src/metrics',
  'src/services/host',
];

/** The parts that wire or operate the others, and so may import any of them. */
const wiring = '^src/(main[.]ts$|main/|cli/)';

/** A contract beside a service, and the contract of the model registry beside the host. */
const contracts = '^src/services/[^/]+/[^/]*contract[.]ts$';

/** Everything of our own, as opposed to packages. */
const own = '^(src|graphql|prisma|test|bench)/';

function pathOf(place) {
  if (place === 'contracts of services') return contracts;
  const literal = place.replaceAll('.', '[.]');
  return place.endsWith('.ts') ? `^${literal}$` : `^${literal}/`;
}

/** Generated code has rules of its own, so the rooms leave it alone. */
const generated = '^prisma/generated/';

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `room: ${room}`,
  comment: `${room} may import ${allowed.length === 0 ? 'no other room' : `only ${allowed.join(', ')}`}.`,
  severity: 'error',
  from: { path: pathOf(room) },
  to: { path: own, pathNot: [pathOf(room), ...allowed.map(pathOf), generated] },
}));

const workshopRule = {
  name: 'room: src/services/*',
  comment: `A service may import only ${ofEveryWorkshop.join(', ')}, and never another service.`,
  severity: 'error',
  from: { path: '^src/services/([^/]+)/', pathNot: pathOf('src/services/host') },
  to: { path: own, pathNot: ['^src/services/$1/', ...ofEveryWorkshop.map(pathOf), generated] },
};

const knownPlaces = [...Object.keys(rooms).map(pathOf), '^src/services/[^/]+/', wiring, generated];

/** A package and its inside, wherever it is installed; `name` may hold a pattern. */
function packageOf(name) {
  return `(^|/)node_modules/${name}/`;
}

/** `what` may be imported by the files at `places` alone. */
function only(name, comment, what, places) {
  return {
    name: `vendor: ${name}`,
    comment,
    severity: 'error',
    from: { path: '^(src|graphql)/', pathNot: places },
    to: { path: what },
  };
}

const postgresPlaces = ['^src/warehouse/', '^src/stream/postgres-[^/]+$'];

const vendorRules = [
  only('kafkajs', 'kafkajs stays in src/stream/kafka-*.', packageOf('kafkajs'), ['^src/stream/kafka-[^/]+$']),
  only(
    'postgres',
    'The Prisma client, its adapter and pg stay in src/warehouse and src/stream/postgres-*.',
    [
      packageOf('(pg|pg-[^/]+|@types/pg|@types/pg-[^/]+)'),
      packageOf('@prisma/[^/]+'),
      '^prisma/generated/client/',
    ],
    postgresPlaces,
  ),
  only(
    'kysely',
    'SQL is composed in src/warehouse, src/stream/postgres-* and src/metrics/emit-*.',
    packageOf('kysely'),
    [...postgresPlaces, '^src/metrics/emit-[^/]+$'],
  ),
  only(
    'graphql',
    'Pothos, Yoga and graphql-js stay in graphql.',
    packageOf('(@pothos/[^/]+|graphql|graphql-yoga|@graphql-yoga/[^/]+|@envelop/[^/]+|@graphql-tools/[^/]+)'),
    ['^graphql/'],
  ),
  only(
    'generated types of Pothos',
    'The generated Pothos types and datamodel are imported by graphql/builder.ts alone.',
    '^prisma/generated/pothos[.]ts$',
    ['^graphql/builder[.]ts$'],
  ),
  only(
    'generated catalogue',
    'The generated catalogue is imported by src/warehouse/catalogue.ts alone.',
    '^prisma/generated/catalogue[.]ts$',
    ['^src/warehouse/catalogue[.]ts$'],
  ),
];

const orderRules = [
  {
    name: 'no file outside the rooms',
    comment: 'A file belongs to a room. A new room is a line of the table above.',
    severity: 'error',
    from: { path: '^src/', pathNot: knownPlaces },
    to: {},
  },
  {
    name: 'no import from outside the rooms',
    comment: 'A file belongs to a room. A new room is a line of the table above.',
    severity: 'error',
    from: {},
    to: { path: '^src/', pathNot: knownPlaces },
  },
  {
    name: 'no tests in the product',
    comment: 'Nothing of the product imports a test or the bench.',
    severity: 'error',
    from: { path: '^(src|graphql|prisma)/' },
    to: { path: '^(test|bench)/' },
  },
  {
    name: 'no barrels',
    comment: 'Import the file that defines a thing, not an index.',
    severity: 'error',
    from: {},
    to: {
      path: ['^src/index[.][cm]?[jt]s$', '/index[.][cm]?[jt]s$'],
      pathNot: ['node_modules/', '^(graphql|prisma|test)/'],
    },
  },
  {
    name: 'no drawers',
    comment:
      'A folder or file called utils, helpers or common has no job; find the room that the code belongs to.',
    severity: 'error',
    from: {},
    to: { path: '/(utils|helpers|common|misc)([.]|/)', pathNot: 'node_modules/' },
  },
  {
    name: 'no cycles',
    comment: 'Files import each other one way round.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no orphans',
    comment: 'A file that imports nothing and is imported by nothing is forgotten code.',
    severity: 'error',
    from: { orphan: true, path: '^(src|graphql)/' },
    to: {},
  },
  {
    name: 'nothing missing',
    comment: 'Every import leads somewhere.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'declared packages only',
    comment: 'The product imports only packages that package.json lists under dependencies.',
    severity: 'error',
    from: { path: '^(src|graphql)/' },
    to: {
      dependencyTypes: ['npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown', 'undetermined'],
    },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [...roomRules, workshopRule, ...vendorRules, ...orderRules],
  options: {
    doNotFollow: { path: ['node_modules', '^prisma/generated/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
