// Lets a thread of a test start with a TypeScript file: handed to Node by --import.

import { register } from 'node:module';

register('../torture/typescript-hooks.mjs', import.meta.url);
