/** What an element of each type is in JavaScript. */
interface Elements {
  readonly uuid: string;
  readonly text: string;
  readonly int2: number;
  readonly int4: number;
  readonly int8: number;
  readonly float4: number;
  readonly float8: number;
  readonly bool: boolean;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** JSON as text. */
  readonly jsonb: string;
  readonly bytea: Uint8Array;
}

export type ElementType = keyof Elements;
export type Element<Type extends ElementType> = Elements[Type] | null;

/** A buffer that grows. Positions are bytes. */
interface Writer {
  bytes: Buffer;
  at: number;
}

/** Writes one element that is not null, without its length. */
type Write<Value> = (writer: Writer, value: Value) => void;

interface ElementFormat<Value> {
  /** Object id of the type in every PostgreSQL. */
  readonly oid: number;
  readonly write: Write<Value>;
}

const DAY_MS = 86_400_000;
/** PostgreSQL counts days from the first of January 2000. */
const EPOCH_DAY = Date.UTC(2000, 0, 1) / DAY_MS;

function room(writer: Writer, size: number): void {
  const { bytes, at } = writer;
  if (at + size <= bytes.length) return;
  writer.bytes = Buffer.allocUnsafe(2 * bytes.length + size);
  bytes.copy(writer.bytes, 0, 0, at);
}

const fixed =
  <Value>(size: number, put: (bytes: Buffer, value: Value, at: number) => unknown): Write<Value> =>
  (writer, value) => {
    room(writer, size);
    put(writer.bytes, value, writer.at);
    writer.at += size;
  };

const text: Write<string> = (writer, value) => {
  // A UTF-16 unit is at most three bytes of UTF-8.
  room(writer, 3 * value.length);
  writer.at += writer.bytes.write(value, writer.at);
};

const formats: { readonly [Type in ElementType]: ElementFormat<Elements[Type]> } = {
  uuid: { oid: 2950, write: fixed(16, putUuid) },
  text: { oid: 25, write: text },
  int2: { oid: 21, write: fixed(2, (bytes, value: number, at) => bytes.writeInt16BE(value, at)) },
  int4: { oid: 23, write: fixed(4, (bytes, value: number, at) => bytes.writeInt32BE(value, at)) },
  int8: { oid: 20, write: fixed(8, (bytes, value: number, at) => bytes.writeBigInt64BE(BigInt(value), at)) },
  float4: { oid: 700, write: fixed(4, (bytes, value: number, at) => bytes.writeFloatBE(value, at)) },
  float8: { oid: 701, write: fixed(8, (bytes, value: number, at) => bytes.writeDoubleBE(value, at)) },
  bool: { oid: 16, write: fixed(1, (bytes, value: boolean, at) => bytes.writeUInt8(value ? 1 : 0, at)) },
  date: { oid: 1082, write: fixed(4, putDate) },
  jsonb: {
    oid: 3802,
    write(writer, value) {
      room(writer, 1);
      // Version of the format.
      writer.bytes[writer.at] = 1;
      writer.at += 1;
      text(writer, value);
    },
  },
  bytea: {
    oid: 17,
    write(writer, value) {
      room(writer, value.length);
      writer.bytes.set(value, writer.at);
      writer.at += value.length;
    },
  },
};

/**
 * An array as PostgreSQL's binary format has it, for a parameter of type `<type>[]`. Against text it saves quoting here and parsing there: a
 * statement of a flush carries tens of thousands of elements. Throws for what is no value of the type.
 */
export function arrayOf<Type extends ElementType>(type: Type, values: readonly Element<Type>[]): Buffer {
  const { oid, write } = formats[type] as ElementFormat<Elements[Type]>;
  const writer: Writer = { bytes: Buffer.allocUnsafe(20 + 24 * values.length), at: 20 };
  let hasNull = 0;
  let before: Element<Type> = null;
  let [from, to] = [0, 0];
  for (const value of values) {
    room(writer, 4);
    const lengthAt = writer.at;
    writer.at += 4;
    if (value === null) {
      hasNull = 1;
      writer.bytes.writeInt32BE(-1, lengthAt);
      continue;
    }
    if (value === before) {
      // Columns like the job's id hold one value over and over.
      room(writer, to - from);
      writer.bytes.copyWithin(writer.at, from, to);
      writer.at += to - from;
    } else write(writer, value);
    before = value;
    from = lengthAt + 4;
    to = writer.at;
    writer.bytes.writeInt32BE(to - from, lengthAt);
  }
  const { bytes, at } = writer;
  bytes.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  bytes.writeInt32BE(hasNull, 4);
  bytes.writeInt32BE(oid, 8);
  if (values.length === 0) return bytes.subarray(0, 12);
  bytes.writeInt32BE(values.length, 12);
  // Index of the first element.
  bytes.writeInt32BE(1, 16);
  return bytes.subarray(0, at);
}

const HEADER_BYTES = 20;
/** Of an element: its length and the number. */
const DOUBLE_BYTES = 4 + 8;

/**
 * `arrayOf('float8', …)` of the numbers of all rows, one row behind the other: `unnest` would flatten an array of arrays, and `doubleRow` takes a row out again.
 * Numbers are half of the elements that a flush sends, and this takes a quarter of the time. Throws a TypeError where a row does not have `width` numbers.
 */
export function doubleRows<Row>(
  rows: readonly Row[],
  width: number,
  of: (row: Row) => readonly number[],
): Buffer {
  const count = rows.length * width;
  if (count === 0) return arrayOf('float8', []);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + DOUBLE_BYTES * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // One dimension, no nulls, type, length, index of the first element.
  for (const [i, word] of [1, 0, formats.float8.oid, count, 1].entries()) view.setInt32(4 * i, word);
  let at = HEADER_BYTES;
  for (const row of rows) {
    const values = of(row);
    if (values.length !== width) throw new TypeError(`not ${width} numbers in each row`);
    for (const value of values) {
      view.setInt32(at, 8);
      view.setFloat64(at + 4, value);
      at += DOUBLE_BYTES;
    }
  }
  return bytes;
}

const DASH = 0x2d;

function putUuid(bytes: Buffer, value: string, at: number): void {
  let digits = 0;
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code === DASH) continue;
    const digit = hexDigit(code);
    if (digit < 0 || digits === 32) throw new TypeError(`not a UUID: ${value}`);
    const byte = at + (digits >> 1);
    bytes[byte] = digits % 2 === 0 ? digit << 4 : (bytes[byte] as number) | digit;
    digits += 1;
  }
  if (digits !== 32) throw new TypeError(`not a UUID: ${value}`);
}

/** -1: none. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function putDate(bytes: Buffer, value: string, at: number): void {
  const days = Date.parse(`${value}T00:00:00Z`) / DAY_MS - EPOCH_DAY;
  if (!Number.isInteger(days)) throw new TypeError(`not a date: ${value}`);
  bytes.writeInt32BE(days, at);
}
