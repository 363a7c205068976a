// How threads of the tests start with TypeScript as it stands.

/** Options of Node for a thread whose entry is a TypeScript file of ours. */
export const typescriptThreads: readonly string[] = [
  '--import',
  new URL('typescript-threads.mjs', import.meta.url).href,
];
