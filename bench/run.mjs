// npm run bench: the limit, Flywheel and its peers side by side, on one database, in interleaved rounds.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { benchEngines } from './engines/run.mjs';
import { checkAnswers } from './lib/check-answers.mjs';
import { openDatabase } from './lib/database.mjs';
import { measureLatency, measureRounds, measureShapes } from './lib/measure.mjs';
import { cacheDir, help, readOptions } from './lib/options.mjs';
import { asMarkdown, asText, extrasTable, processorTable, throughputTable } from './lib/report.mjs';
import { startServer } from './lib/server-process.mjs';
import { benchLive } from './live/run.mjs';
import { benchModels } from './models/run.mjs';
import { customers } from './questions/customers.mjs';
import { products } from './questions/products.mjs';
import { reports } from './questions/reports.mjs';
import { sales } from './questions/sales.mjs';
import { servers as allServers } from './servers.mjs';
import { benchWheel } from './wheel/run.mjs';

const allQuestions = [products, sales, customers, ...reports];

/**
 * @template {{ name: string }} T
 * @param {string} option
 * @param {T[]} all
 * @param {string[] | undefined} names
 */
function choose(option, all, names) {
  for (const name of names ?? []) {
    if (!all.some((one) => one.name === name)) {
      throw new Error(`--${option} knows no ${name}; it knows ${all.map((one) => one.name).join(', ')}.`);
    }
  }
  return all.filter(({ name }) => names === undefined || names.includes(name));
}

/**
 * Latencies at half load for every question, then memory, then the shapes of load with the first question.
 * @param {import('./lib/server-process.mjs').RunningServer[]} running
 * @param {import('./lib/measure.mjs').AskedQuestion[]} questions
 * @param {import('./lib/measure.mjs').Throughput[]} figures
 * @param {import('./lib/options.mjs').Options} options
 */
async function measureExtras(running, questions, figures, { seconds, connections }) {
  /** @type {import('./lib/report.mjs').Extras} */
  const extras = { latency: [], shapes: [], memory: {} };
  for (const question of questions) {
    for (const server of running) {
      const figure = figures.find((one) => one.server === server.name && one.question === question.name);
      if (!figure) continue;
      extras.latency.push(
        await measureLatency(server, question, { perSecond: figure.median, seconds, connections }),
      );
    }
  }
  for (const server of running) extras.memory[server.name] = await server.residentMb();
  for (const server of running) {
    extras.shapes.push(await measureShapes(server, questions[0], { seconds, connections }));
  }
  return extras;
}

/** @param {import('./lib/options.mjs').Options} options @param {string} postgresVersion */
function machine({ node, connections, poolSize }, postgresVersion) {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const [cpu] = cpus();
  return (
    `${cpus().length} × ${cpu.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, shared by server, PostgreSQL ` +
    `${postgresVersion} and load generator; Node ${version}; ${connections} connections; pools of ${poolSize}`
  );
}

/**
 * Checks, measures and tells, on servers that are running.
 * @param {import('./lib/server-process.mjs').RunningServer[]} running
 * @param {import('./lib/database.mjs').Database} database
 * @param {import('./lib/options.mjs').Options} options
 */
async function measureAll(running, database, options) {
  const machineLine = machine(options, database.version);
  console.log(`${database.sales.toLocaleString('en-US')} sales. ${machineLine}.`);
  const questions = [];
  for (const question of choose('questions', allQuestions, options.questions)) {
    const asked = { ...question, variables: await database.variables(question.variablesSql) };
    questions.push(asked);
    console.log(`${question.name}: ${await checkAnswers(running, asked)} answers equal those of the limit.`);
  }
  const usage = process.cpuUsage();
  const began = performance.now();
  const figures = [];
  for (const question of questions) {
    console.log(`Measuring ${question.name}, ${question.title} …`);
    figures.push(...(await measureRounds(running, question, database, options)));
  }
  const { user, system } = process.cpuUsage(usage);
  const generatorShare = (user + system) / 1000 / (performance.now() - began);
  const extras = options.extras ? await measureExtras(running, questions, figures, options) : undefined;
  return { machine: machineLine, questions, figures, extras, generatorShare };
}

/**
 * @param {Awaited<ReturnType<typeof measureAll>>} measured
 * @param {import('./servers.mjs').Server[]} servers
 * @param {import('./lib/options.mjs').Options} options
 */
async function publish({ questions, ...measured }, servers, options) {
  const tables = [
    throughputTable(servers, questions, measured.figures),
    processorTable(servers, questions, measured.figures),
  ];
  if (measured.extras) tables.push(extrasTable(servers, questions, measured.extras));
  const share = (measured.generatorShare * 100).toFixed(0);
  const footer =
    `Median of ${options.rounds} interleaved rounds of ${options.seconds} s; ${measured.machine}. ` +
    `The load generator took ${share} % of a core.`;
  console.log(`\n${tables.map(asText).join('\n\n')}\n\n${footer}`);
  if (options.markdownFile) {
    await writeFile(options.markdownFile, `${tables.map(asMarkdown).join('\n\n')}\n\n${footer}\n`);
  }
  if (options.jsonFile) await writeFile(options.jsonFile, `${JSON.stringify(measured, null, 2)}\n`);
}

/** @param {import('./lib/options.mjs').Options} options */
async function bench(options) {
  const servers = choose('servers', allServers, options.servers && ['limit', ...options.servers]);
  const database = await openDatabase(options);
  /** @type {import('./lib/server-process.mjs').RunningServer[]} */
  const running = [];
  const close = async () => {
    await Promise.all(running.map((server) => server.stop()));
    await database.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => close().then(() => process.exit(130)));
  try {
    const place = {
      node: options.node,
      databaseUrl: database.url,
      poolSize: options.poolSize,
      dataDir: cacheDir,
    };
    for (const server of servers) running.push(await startServer(server, place));
    await publish(await measureAll(running, database, options), servers, options);
  } finally {
    await close();
  }
}

try {
  const [what, ...rest] = process.argv.slice(2);
  if (what === 'live') {
    await benchLive(rest);
  } else if (what === 'models') {
    await benchModels(rest);
  } else if (what === 'wheel') {
    await benchWheel(rest);
  } else if (what === 'engines') {
    await benchEngines(rest);
  } else {
    const options = readOptions(process.argv.slice(2));
    if (options.help) console.log(help);
    else await bench(options);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
