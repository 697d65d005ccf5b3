// A stand-in of ours for `@std/cli`, used only where JSR cannot be reached.

import type { ParsedArgs } from "./parsed_args.ts";

type Names<Name extends string> = Name | readonly Name[];

interface ParseOptions<
  Strings extends string,
  Booleans extends string,
  Collected extends Strings | Booleans,
  Negatable extends Strings | Booleans,
  Defaults extends Record<string, unknown>,
  DoubleDash extends boolean,
> {
  /** Whether what follows `--` is kept apart. */
  "--"?: DoubleDash;
  /** Further names of options. */
  alias?: Record<string, string | string[]>;
  /** Options without a value. */
  boolean?: Names<Booleans>;
  /** Options that may be repeated, each value being kept. */
  collect?: Names<Collected>;
  /** What options hold that were not given. */
  default?: Defaults;
  /** Options that `--no-` before their name sets to `false`. */
  negatable?: Names<Negatable>;
  /** Whether the first positional ends the options. */
  stopEarly?: boolean;
  /** Options with a value. */
  string?: Names<Strings>;
  /** Called with what is no option; what it answers `false` to is left out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Value = string | boolean;
type Tree = Record<string, unknown>;

function listOf(names: Names<string> = []): string[] {
  return (typeof names === "string" ? [names] : [...names]).filter(Boolean);
}

// std groups the aliases of an option around it, and knows no group that
// would follow from two entries together.
function aliasGroups(alias: Record<string, string | string[]> = {}) {
  const groups = new Map<string, string[]>();
  for (const [key, others] of Object.entries(alias)) {
    const names = listOf(others);
    groups.set(key, names);
    for (const name of names) {
      groups.set(name, [key, ...names.filter((other) => other !== name)]);
    }
  }
  return groups;
}

function withAliases(names: string[], groups: Map<string, string[]>) {
  return new Set(names.flatMap((name) => [name, ...groups.get(name) ?? []]));
}

function leadsToPrototype(tree: Tree, key: string): boolean {
  return key === "__proto__" ||
    (key === "constructor" && typeof tree[key] === "function");
}

function isSet(tree: Tree, path: string): boolean {
  let at: unknown = tree;
  for (const key of path.split(".")) {
    if (!Object.hasOwn(at as Tree, key)) return false;
    at = (at as Tree)[key];
  }
  return true;
}

function set(tree: Tree, path: string, value: unknown, collect = false) {
  const keys = path.split(".");
  const last = keys.pop()!;
  for (const key of keys) {
    if (leadsToPrototype(tree, key)) return;
    tree = (tree[key] ??= {}) as Tree;
  }
  if (leadsToPrototype(tree, last)) return;
  const before = tree[last];
  if (!collect) tree[last] = value;
  else if (Array.isArray(before)) before.push(value);
  else tree[last] = before ? [before, value] : [value];
}

function numberIn(text: string): number | undefined {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : undefined;
}

// The name must not be empty, so an equals sign at its start belongs to it.
function split(text: string): { name: string; value: string | undefined } {
  const equals = text.indexOf("=", 1);
  return equals === -1
    ? { name: text, value: undefined }
    : { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

/**
 * Reads the options and positionals of a command line.
 *
 * @param args The command line.
 * @param options What to expect in it.
 */
export function parseArgs<
  Strings extends string = never,
  Booleans extends string = never,
  Collected extends Strings | Booleans = never,
  Negatable extends Strings | Booleans = never,
  // deno-lint-ignore ban-types
  Defaults extends Record<string, unknown> = {},
  DoubleDash extends boolean = false,
>(
  args: string[],
  options: ParseOptions<
    Strings,
    Booleans,
    Collected,
    Negatable,
    Defaults,
    DoubleDash
  > = {},
): ParsedArgs<Strings, Booleans, Collected, Negatable, Defaults, DoubleDash> {
  const groups = aliasGroups(options.alias);
  const strings = withAliases(listOf(options.string), groups);
  const booleans = withAliases(listOf(options.boolean), groups);
  const collected = withAliases(listOf(options.collect), groups);
  const negatable = withAliases(listOf(options.negatable), groups);
  const unknown = options.unknown ?? (() => true);
  // Looked up each time: an option that is named `_` takes the place of the
  // positionals, and std fails over it too.
  const positionals = () => parsed._ as (string | number)[];
  const parsed: Tree = { _: [] };

  const namesOf = (key: string) => [key, ...groups.get(key) ?? []];
  const takesNoValue = (key: string) =>
    booleans.has(key) ||
    (groups.get(key) ?? []).some((name) => booleans.has(name));
  const convert = (key: string, text: string) =>
    strings.has(key) ? text : numberIn(text) ?? text;

  function give(key: string, value: Value, arg: string, collect = true) {
    const known = strings.has(key) || booleans.has(key) || groups.has(key);
    if (!known && unknown(arg, key, value) === false) return;
    const kept = typeof value === "string" ? convert(key, value) : value;
    for (const name of namesOf(key)) {
      set(parsed, name, kept, collect && collected.has(key));
    }
  }

  // Gives `key` the argument after it where that is a value, and says whether
  // it was.
  function giveNext(
    key: string,
    next: string | undefined,
    arg: string,
    isOption: (text: string) => boolean,
  ): boolean {
    if (next && !takesNoValue(key) && !isOption(next)) {
      give(key, next, arg);
      return true;
    }
    if (next === "true" || next === "false") {
      give(key, next === "true", arg);
      return true;
    }
    give(key, strings.has(key) ? "" : true, arg);
    return false;
  }

  function readLong(arg: string, next: string | undefined): boolean {
    const negated = arg.startsWith("--no-") && arg.length > "--no-".length;
    const { name, value } = split(arg.slice(negated ? 5 : 2));
    if (value !== undefined) {
      give(name, booleans.has(name) ? value !== "false" : value, arg);
      return false;
    }
    if (negated && negatable.has(name)) {
      // Negation takes the place of what was collected before.
      give(name, false, arg, false);
      return false;
    }
    const key = negated ? `no-${name}` : name;
    return giveNext(key, next, arg, (text) => text.startsWith("-"));
  }

  // The value that the letters after `letter` are, if they are one.
  function attached(letter: string, rest: string): string | undefined {
    if (rest === "=") return "";
    if (/[A-Za-z]/.test(letter)) {
      const value = /=(.+)/.exec(rest)?.[1];
      if (value !== undefined) return value;
      if (/\d(\.\d*)?(e-?\d+)?$/.test(rest)) return rest;
    }
    return rest.length > 1 && /\W/.test(rest[0]!) ? rest : undefined;
  }

  function readShort(arg: string, next: string | undefined): boolean {
    for (let at = 1; at < arg.length - 1; at++) {
      const letter = arg[at]!;
      const rest = arg.slice(at + 1);
      if (rest === "-") {
        give(letter, rest, arg);
        continue;
      }
      const value = attached(letter, rest);
      if (value !== undefined) {
        give(letter, value, arg);
        return false;
      }
      give(letter, strings.has(letter) ? "" : true, arg);
    }
    const last = arg.at(-1)!;
    if (last === "-") return false;
    return giveNext(last, next, arg, (text) => /^--?[^-]/.test(text));
  }

  const end = args.indexOf("--");
  const rest = end === -1 ? [] : args.slice(end + 1);
  const read = end === -1 ? args : args.slice(0, end);
  for (let at = 0; at < read.length; at++) {
    const arg = read[at]!;
    if (arg.length > 1 && arg.startsWith("-")) {
      const take = arg.startsWith("--") ? readLong : readShort;
      if (take(arg, read[at + 1])) at++;
      continue;
    }
    if (unknown(arg) !== false) positionals().push(convert("_", arg));
    if (options.stopEarly) {
      positionals().push(...read.slice(at + 1));
      break;
    }
  }

  for (const [key, value] of Object.entries(options.default ?? {})) {
    if (isSet(parsed, key)) continue;
    for (const name of namesOf(key)) set(parsed, name, value);
  }
  for (const key of booleans) {
    if (!isSet(parsed, key)) set(parsed, key, collected.has(key) ? [] : false);
  }
  for (const key of collected) {
    if (!isSet(parsed, key)) set(parsed, key, []);
  }
  if (options["--"]) parsed["--"] = rest;
  else positionals().push(...rest);
  return parsed as ParsedArgs<
    Strings,
    Booleans,
    Collected,
    Negatable,
    Defaults,
    DoubleDash
  >;
}
