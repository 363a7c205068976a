// The root of mutations; each mutation is declared beside the types that it gives.

import { builder } from '../builder.js';

builder.mutationType({
  description: 'What can be changed. With API keys in use, only those of the roles writer and operator may.',
});
