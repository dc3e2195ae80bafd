/**
 * Stored with every result: equal bars, options and version give equal numbers, to the last digit. Raised with every change of a number that an existing
 * strategy or indicator computes; `test/unit/quant/version.test.ts` notices when that was forgotten. A new strategy or a new indicator changes none of
 * these numbers and does not raise it.
 */
export const ENGINE_VERSION = 3;
