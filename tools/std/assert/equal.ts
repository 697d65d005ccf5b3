// A stand-in of ours for `@std/assert`, used only where JSR cannot be reached.

const comparedAsText: unknown[] = [
  RegExp.prototype,
  URL.prototype,
  URLSearchParams.prototype,
];

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isTypedArray(value: object): value is Uint8Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

// std treats `{}` and an object without a prototype as alike, so that the
// groups of a regular expression can be compared with a literal.
function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

// Instances of classes are compared through their accessors too: what they
// hold in private fields would be overlooked otherwise, and two different
// values taken for equal.
function comparedKeys(value: object): Set<PropertyKey> {
  const keys = new Set<PropertyKey>();
  const prototype = prototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) {
    for (const key of Reflect.ownKeys(value)) {
      if (Object.prototype.propertyIsEnumerable.call(value, key)) keys.add(key);
    }
    return keys;
  }
  for (
    let owner: object | null = value;
    owner !== null && owner !== Object.prototype && owner !== Array.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const key of Reflect.ownKeys(owner)) keys.add(key);
  }
  return keys;
}

/** Whether `a` and `b` are deeply equal in the sense of `assertEquals`. */
export function equal(a: unknown, b: unknown): boolean {
  const assumed = new Map<object, object>();

  function sameElements(a: ArrayLike<unknown>, b: ArrayLike<unknown>) {
    if (a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) {
      if (!same(a[i], b[i])) return false;
    }
    return true;
  }

  // Keys and members may be objects, so each entry looks for a partner that no
  // other entry has taken.
  function sameEntries(a: Iterable<unknown>, b: Iterable<unknown>) {
    const free = [...b];
    for (const entry of a) {
      const partner = free.findIndex((other) => same(entry, other));
      if (partner === -1) return false;
      free.splice(partner, 1);
    }
    return free.length === 0;
  }

  function sameProperties(a: object, b: object) {
    const keys = comparedKeys(a);
    const others = comparedKeys(b);
    if (keys.size !== others.size) return false;
    for (const key of keys) {
      if (!others.has(key)) return false;
      if (!same(Reflect.get(a, key), Reflect.get(b, key))) return false;
    }
    return true;
  }

  function same(a: unknown, b: unknown): boolean {
    if (a === b || (a !== a && b !== b)) return true;
    if (!isObject(a) || !isObject(b)) return false;
    const prototype = prototypeOf(a);
    if (prototype !== prototypeOf(b)) return false;
    if (a instanceof WeakMap || a instanceof WeakSet || a instanceof WeakRef) {
      throw new TypeError("Cannot compare values that are held weakly");
    }
    if (a instanceof Date && b instanceof Date) {
      return same(a.getTime(), b.getTime());
    }
    if (comparedAsText.includes(prototype)) return String(a) === String(b);
    if (
      (a instanceof ArrayBuffer && b instanceof ArrayBuffer) ||
      (a instanceof SharedArrayBuffer && b instanceof SharedArrayBuffer)
    ) {
      return sameElements(new Uint8Array(a), new Uint8Array(b));
    }
    if (isTypedArray(a) && isTypedArray(b)) return sameElements(a, b);
    if (assumed.get(a) === b) return true;
    assumed.set(a, b);
    if (
      (a instanceof Map && b instanceof Map) ||
      (a instanceof Set && b instanceof Set)
    ) {
      return a.size === b.size && sameEntries(a, b);
    }
    if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) {
      return false;
    }
    return sameProperties(a, b);
  }

  return same(a, b);
}

/** Whether `actual` holds at least what `expected` holds, deeply. */
export function contains(actual: unknown, expected: unknown): boolean {
  const assumed = new Map<object, object>();

  function holds(actual: unknown, expected: unknown): boolean {
    if (!isObject(actual) || !isObject(expected)) {
      return equal(actual, expected);
    }
    if (assumed.get(expected) === actual) return true;
    assumed.set(expected, actual);
    if (Array.isArray(actual) || Array.isArray(expected)) {
      return Array.isArray(actual) && Array.isArray(expected) &&
        expected.length <= actual.length &&
        expected.every((item, index) => holds(actual[index], item));
    }
    if (prototypeOf(expected) !== Object.prototype) {
      return equal(actual, expected);
    }
    return Reflect.ownKeys(expected).every((key) =>
      Object.hasOwn(actual, key) &&
      holds(Reflect.get(actual, key), Reflect.get(expected, key))
    );
  }

  return holds(actual, expected);
}
