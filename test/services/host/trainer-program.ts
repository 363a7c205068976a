// A process of its own that trains, to be killed: node … trainer-program.ts URL.

import { startTrainerProcess } from './trainer-process.js';

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('Say which database.');
startTrainerProcess(url);
