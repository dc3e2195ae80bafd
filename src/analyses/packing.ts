import { SHAPES, WORDS } from './dictionary.ts';

/** First byte of what is packed: a reader knows by it how to read the rest. */
const VERSION = 1;

/** First byte of a row from before there was packing: its object as JSON. */
const JSON_BEGINS = 0x7b;

/** Bytes below are the integers 0 to 127 themselves. */
const TAG = {
  null: 0x80,
  true: 0x81,
  false: 0x82,
  minusOne: 0x83,
  int16: 0x84,
  int32: 0x85,
  /** A number of two decimals, as int16. */
  hundredths: 0x86,
  /** A number of four decimals, as int32. */
  tenThousandths: 0x87,
  double: 0x88,
  /** A double that was written before, by its place among the doubles. */
  sameDouble: 0x89,
  word: 0x8a,
  text: 0x8b,
  list: 0x8c,
  /** An object of a known shape. */
  shaped: 0x8d,
  object: 0x8e,
} as const;

/** Places that one byte can hold. */
const MAX_PLACE = 255;

const wordAt = new Map(WORDS.map((word, place) => [word, place]));

/** The shapes as a tree of property names: an object is looked up while its properties are listed. */
interface ShapeNode {
  place: number | null;
  readonly next: Map<string, ShapeNode>;
}
const shapeTree: ShapeNode = { place: null, next: new Map() };
for (const [place, names] of SHAPES.entries()) {
  let node = shapeTree;
  for (const name of names) {
    const next = node.next.get(name) ?? { place: null, next: new Map() };
    node.next.set(name, next);
    node = next;
  }
  node.place = place;
}

type Properties = Readonly<Record<string, unknown>>;

/** One for all: packing never waits, and its buffer is used again. */
let bytes = Buffer.allocUnsafe(4_096);
let at = 0;
let doubles = new Map<number, number>();

/**
 * A JSON value in few bytes: numbers are binary and equal ones stand once, known words and property names are numbers. What JSON would lose
 * is lost here too: undefined properties and the sign of -0; numbers that are not finite become null.
 */
export function pack(value: unknown): Uint8Array {
  at = 0;
  doubles = new Map();
  byte(VERSION);
  write(value);
  return Uint8Array.prototype.slice.call(bytes, 0, at);
}

function room(size: number): void {
  if (at + size <= bytes.length) return;
  const before = bytes;
  bytes = Buffer.allocUnsafe(2 * (at + size));
  before.copy(bytes, 0, 0, at);
}

function byte(value: number): void {
  room(1);
  bytes[at] = value;
  at += 1;
}

function write(value: unknown): void {
  if (typeof value === 'number') writeNumber(value);
  else if (typeof value === 'string') writeText(value);
  else if (typeof value === 'boolean') byte(value ? TAG.true : TAG.false);
  else if (typeof value !== 'object' || value === null) byte(TAG.null);
  else if (Array.isArray(value)) writeList(value);
  else writeObject(value as Properties);
}

function writeNumber(value: number): void {
  if ((value | 0) === value) writeInteger(value);
  else if (!Number.isFinite(value)) byte(TAG.null);
  else if (!writeDecimal(value)) writeDouble(value);
}

function writeInteger(value: number): void {
  if (value >= 0 && value < TAG.null) byte(value);
  else if (value === -1) byte(TAG.minusOne);
  else if (value >= -0x8000 && value < 0x8000) writeInt16(TAG.int16, value);
  else writeInt32(TAG.int32, value);
}

/** Only where the quotient is the very same number. */
function writeDecimal(value: number): boolean {
  const tenThousandths = Math.round(value * 10_000);
  if (tenThousandths === 0 || Math.abs(tenThousandths) > 0x7fff_ffff) return false;
  if (tenThousandths / 10_000 !== value) return false;
  const hundredths = Math.round(value * 100);
  if (Math.abs(hundredths) < 0x8000 && hundredths / 100 === value) writeInt16(TAG.hundredths, hundredths);
  else writeInt32(TAG.tenThousandths, tenThousandths);
  return true;
}

function writeInt16(tag: number, value: number): void {
  byte(tag);
  byte((value >> 8) & 0xff);
  byte(value & 0xff);
}

function writeInt32(tag: number, value: number): void {
  byte(tag);
  room(4);
  at = bytes.writeInt32BE(value, at);
}

function writeDouble(value: number): void {
  const place = doubles.get(value);
  if (place === undefined) {
    if (doubles.size <= MAX_PLACE) doubles.set(value, doubles.size);
    byte(TAG.double);
    room(8);
    at = bytes.writeDoubleBE(value, at);
  } else {
    byte(TAG.sameDouble);
    byte(place);
  }
}

function writeText(value: string): void {
  const place = wordAt.get(value);
  if (place === undefined) {
    byte(TAG.text);
    writeName(value);
  } else {
    byte(TAG.word);
    byte(place);
  }
}

function writeName(value: string): void {
  const size = Buffer.byteLength(value);
  writeCount(size);
  room(size);
  bytes.write(value, at);
  at += size;
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function writeCount(count: number): void {
  let rest = count;
  for (; rest > 0x7f; rest >>>= 7) byte((rest & 0x7f) | 0x80);
  byte(rest);
}

function writeList(values: readonly unknown[]): void {
  byte(TAG.list);
  writeCount(values.length);
  for (const value of values) write(value);
}

function writeObject(value: Properties): void {
  let present = Object.keys(value);
  if (present.some((name) => value[name] === undefined))
    present = present.filter((name) => value[name] !== undefined);
  let node: ShapeNode | undefined = shapeTree;
  for (const name of present) node = node?.next.get(name);
  if (node !== undefined && node.place !== null) {
    byte(TAG.shaped);
    byte(node.place);
    for (const name of present) write(value[name]);
    return;
  }
  byte(TAG.object);
  writeCount(present.length);
  for (const name of present) {
    writeName(name);
    write(value[name]);
  }
}

/** What `pack` was given. Throws for bytes that it did not write. */
export function unpack(packed: Uint8Array): unknown {
  const view = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const seen: number[] = [];
  let place = 0;

  const next = () => {
    const value = view.readUInt8(place);
    place += 1;
    return value;
  };
  const count = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const part = next();
      value |= (part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
  };
  /** Where the next `size` bytes begin; they are read. */
  const past = (size: number) => {
    place += size;
    return place - size;
  };
  const name = () => {
    const size = count();
    return view.toString('utf8', past(size), place);
  };

  function read(): unknown {
    const tag = next();
    if (tag < TAG.null) return tag;
    switch (tag) {
      case TAG.null:
        return null;
      case TAG.true:
        return true;
      case TAG.false:
        return false;
      case TAG.minusOne:
        return -1;
      case TAG.int16:
        return view.readInt16BE(past(2));
      case TAG.int32:
        return view.readInt32BE(past(4));
      case TAG.hundredths:
        return view.readInt16BE(past(2)) / 100;
      case TAG.tenThousandths:
        return view.readInt32BE(past(4)) / 10_000;
      case TAG.double: {
        const value = view.readDoubleBE(past(8));
        if (seen.length <= MAX_PLACE) seen.push(value);
        return value;
      }
      case TAG.sameDouble:
        return known(seen, next());
      case TAG.word:
        return known(WORDS, next());
      case TAG.text:
        return name();
      case TAG.list:
        return Array.from({ length: count() }, read);
      case TAG.shaped:
        return toObject(known(SHAPES, next()).map((property) => [property, read()]));
      case TAG.object:
        return toObject(Array.from({ length: count() }, () => [name(), read()]));
      default:
        throw new Error(`a packed value has the unknown tag ${tag}`);
    }
  }

  if (view[0] === JSON_BEGINS) return JSON.parse(view.toString());
  const version = next();
  if (version !== VERSION) throw new Error(`a value is packed in the unknown version ${version}`);
  return read();
}

function known<Value>(values: readonly Value[], place: number): Value {
  const value = values[place];
  if (value === undefined) throw new Error(`a packed value names the unknown place ${place}`);
  return value;
}

const toObject = (properties: readonly (readonly [string, unknown])[]) => Object.fromEntries(properties);
