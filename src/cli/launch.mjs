// What `npm start` and `npm run flywheel` run: makes a fresh clone ready, then hands over to the built program.
// Plain JavaScript on Node's own modules alone, since nothing is installed or built yet when it starts.

import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const oldestNode = [20, 19];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  console.error(
    `Flywheel needs Node.js ${oldestNode.join('.')} or newer, and this is ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}

const prepareOnly = process.argv[2] === '--prepare-only';
const { prepare } = await import('./prepare/prepare.mjs');
if (!(await prepare(root))) process.exit(1);

if (!prepareOnly) {
  // GraphQL's library checks its values at every step unless it is told that this is no development of it.
  process.env.NODE_ENV ??= 'production';
  await import(pathToFileURL(join(root, 'dist', 'src', 'cli', 'flywheel.js')).href);
}
