// Where the built product lies.

/** @param {string} path below src */
export const dist = (path) => new URL(`../../dist/src/${path}`, import.meta.url).href;
