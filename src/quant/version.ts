/**
 * Stored with every result: equal bars, options and version give equal results, to the last digit. Raised with every change of a number that the core
 * computes; `test/unit/quant/version.test.ts` notices when that was forgotten.
 */
export const ENGINE_VERSION = 3;
