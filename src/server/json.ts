/** What a JSON text may hold, whatever it means. Depth of the API's own inputs is at most 6, and a batch has 5,000 tickers. */
const MAX_DEPTH = 20;
/** 200 instruments of `importInstruments` with all their fields have 2,200 keys. */
const MAX_KEYS = 4_000;
const MAX_VALUES = 20_000;
const MAX_NUMBER_LENGTH = 40;

const [QUOTE, BACKSLASH, COLON, COMMA] = [34, 92, 58, 44];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93];

/**
 * Why a JSON text is refused before it is parsed, or null. One pass over its characters (1 MB: about 3 ms); whether it is JSON at all, the
 * parser tells. A key that comes twice would mean one thing here and another elsewhere, and `__proto__` has no honest use. A number like
 * `1e999` would become Infinity, and null once it is written as JSON again: a filter would silently be none.
 */
export function refusalOfJson(text: string): string | null {
  /** Keys so far of each object that is open; null for an array. */
  const open: (Set<string> | null)[] = [];
  let keys = 0;
  let values = 0;
  let last: { readonly from: number; readonly to: number; readonly escaped: boolean } | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const from = at + 1;
      let escaped = false;
      for (at = from; at < text.length && text.charCodeAt(at) !== QUOTE; at += 1) {
        if (text.charCodeAt(at) !== BACKSLASH) continue;
        escaped = true;
        at += 1;
      }
      last = { from, to: at, escaped };
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      open.push(code === OPEN_BRACE ? new Set() : null);
      values += 1;
      if (open.length > MAX_DEPTH) return `The JSON is nested deeper than ${MAX_DEPTH}.`;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) open.pop();
    else if (code === COMMA) values += 1;
    else if (code === COLON && last !== null) {
      keys += 1;
      if (keys > MAX_KEYS) return `The JSON has more than ${MAX_KEYS} keys.`;
      const key = last.escaped ? unescaped(text.slice(last.from, last.to)) : text.slice(last.from, last.to);
      if (key === '__proto__') return 'The JSON has a key that is refused.';
      const siblings = open.at(-1);
      if (siblings?.has(key) === true) return 'The JSON has a key twice in one object.';
      siblings?.add(key);
    } else if (isDigit(code)) {
      const from = at;
      while (at + 1 < text.length && isNumeric(text.charCodeAt(at + 1))) at += 1;
      if (at - from >= MAX_NUMBER_LENGTH) return 'The JSON has a number of too many digits.';
      if (!Number.isFinite(Number.parseFloat(text.slice(from, at + 1))))
        return 'The JSON has a number beyond the range of a double.';
    }
    if (values > MAX_VALUES) return `The JSON has more than ${MAX_VALUES} values.`;
  }
  return null;
}

function unescaped(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Digits, point, signs, exponent. */
function isNumeric(code: number): boolean {
  return isDigit(code) || code === 46 || code === 43 || code === 45 || code === 69 || code === 101;
}
