/**
 * Flags of a script, as data: parsed once into typed values.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { InvalidValueError } from "../errors.ts";

/** A command line that cannot be carried out: exit code 2. */
export class UsageError extends InvalidValueError {
  override readonly name: string = "UsageError";
}

/** One flag; `T` is what its value is parsed into. */
export interface Flag<T> {
  readonly kind: "value" | "switch" | "values" | "positionals";
  /** What stands for the value in the help, as `DIR`. */
  readonly placeholder?: string;
  readonly help: string;
  /** Variable that is read where the flag is absent. */
  readonly env?: string;
  readonly required?: boolean;
  /** The default, in words for the help. */
  readonly defaultText?: string;
  /** @throws {InvalidValueError} If the text is not a value of this flag. */
  readonly parse: (text: string) => unknown;
  readonly fallback: T | undefined;
}

/** The flags of a script, by name without dashes. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of flags. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

interface ValueFlagInit<T> {
  readonly placeholder: string;
  readonly help: string;
  readonly env?: string;
  readonly required?: boolean;
  readonly default?: T;
  readonly defaultText?: string;
  readonly parse?: (text: string) => T;
}

/** A flag with a value that must be there, or has a default. */
export function valueFlag<T = string>(
  init:
    & ValueFlagInit<T>
    & ({ readonly required: true } | { readonly default: T }),
): Flag<T>;
/** A flag with a value. */
export function valueFlag<T = string>(
  init: ValueFlagInit<T>,
): Flag<T | undefined>;
export function valueFlag<T>(init: ValueFlagInit<T>): Flag<T | undefined> {
  return {
    kind: "value",
    placeholder: init.placeholder,
    help: init.help,
    env: init.env,
    required: init.required,
    defaultText: init.defaultText ??
      (init.default === undefined ? undefined : String(init.default)),
    parse: init.parse ?? ((text) => text),
    fallback: init.default,
  };
}

/** A flag that is on or off: `--name` or `--no-name`. */
export function switchFlag(
  init: { readonly help: string; readonly default: boolean },
): Flag<boolean>;
/** A flag that is on, off or not given. */
export function switchFlag(
  init: { readonly help: string; readonly defaultText: string },
): Flag<boolean | undefined>;
export function switchFlag(init: {
  readonly help: string;
  readonly default?: boolean;
  readonly defaultText?: string;
}): Flag<boolean | undefined> {
  return {
    kind: "switch",
    help: init.help,
    defaultText: init.defaultText ?? (init.default ? "on" : undefined),
    parse: (text) => text,
    fallback: init.default,
  };
}

/** A flag with one or more values, which may be given several times. */
export function valuesFlag(
  init: Pick<ValueFlagInit<string>, "placeholder" | "help" | "parse">,
): Flag<readonly string[]> {
  return listFlag("values", init);
}

/** The arguments that belong to no flag. */
export function positionals(
  init: Pick<ValueFlagInit<string>, "placeholder" | "help" | "parse">,
): Flag<readonly string[]> {
  return listFlag("positionals", init);
}

function listFlag(
  kind: "values" | "positionals",
  init: Pick<ValueFlagInit<string>, "placeholder" | "help" | "parse">,
): Flag<readonly string[]> {
  return {
    kind,
    placeholder: init.placeholder,
    help: init.help,
    parse: init.parse ?? ((text) => text),
    fallback: [],
  };
}

/** A check of a flag's value: one of a few words. */
export function oneOf<const W extends string>(
  words: readonly W[],
): (text: string) => W {
  return (text) => {
    const found = words.find((word) => word === text.toLowerCase());
    if (found === undefined) {
      throw new InvalidValueError(
        `${JSON.stringify(text)} is none of ${words.join(", ")}`,
      );
    }
    return found;
  };
}

/** A check of a flag's value: a whole number in a range. */
export function wholeNumber(
  { min, max }: { readonly min: number; readonly max: number },
): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(number >= min && number <= max)) {
      throw new InvalidValueError(
        `${JSON.stringify(text)} is not a whole number from ${min} to ${max}`,
      );
    }
    return number;
  };
}

/**
 * Parses a command line.
 *
 * @param env Reads a variable; called only for flags that name one.
 * @throws {UsageError} If a flag is unknown, missing, repeated or has a value
 * that it must not have.
 */
export function parseFlags<F extends Flags>(
  flags: F,
  args: readonly string[],
  env: (name: string) => string | undefined,
): FlagValues<F> {
  const given = readFlags(flags, args);
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const found = given.get(name) ?? fromEnv(flag, env);
    if (typeof found === "boolean") {
      values[name] = found;
    } else if (Array.isArray(found)) {
      values[name] = found.map((text) => parseValue(name, flag, text));
    } else if (found !== undefined) {
      values[name] = parseValue(name, flag, found);
    } else if (flag.required) {
      throw new UsageError(
        `--${name} is required` + (flag.env ? ` (or $${flag.env})` : ""),
      );
    } else {
      values[name] = flag.fallback;
    }
  }
  return values as FlagValues<F>;
}

type Given = Map<string, string | boolean | string[]>;

function readFlags(flags: Flags, args: readonly string[]): Given {
  const namesOf = (...kinds: Flag<unknown>["kind"][]) =>
    Object.entries(flags)
      .filter(([, { kind }]) => kinds.includes(kind))
      .map(([name]) => name);
  const switches = namesOf("switch");
  const lists = namesOf("values");
  const texts = namesOf("value", "values");
  const [positional] = namesOf("positionals");
  const words = spreadLists(lists, args);
  checkWords(switches, texts, words);
  const parsed = parseArgs(words, {
    boolean: switches,
    // "_": arguments that look like numbers stay text.
    string: [...texts, "_"],
    negatable: switches,
    collect: texts,
    unknown: (arg, key) => {
      if (key === undefined && positional !== undefined) return true;
      throw new UsageError(
        arg.startsWith("-")
          ? `Unknown flag ${arg.replace(/=.*/s, "")}`
          : `Unexpected argument ${JSON.stringify(arg)}`,
      );
    },
  }) as Record<string, unknown>;

  const given: Given = new Map();
  for (const name of switches) {
    // parseArgs answers false for switches that are absent too.
    if (hasSwitch(name, words)) given.set(name, parsed[name] === true);
  }
  for (const name of texts) {
    const all = parsed[name] as string[] | undefined;
    const last = all?.at(-1);
    if (all === undefined || last === undefined) continue;
    given.set(name, lists.includes(name) ? all : last);
  }
  if (positional !== undefined) given.set(positional, parsed._ as string[]);
  return given;
}

/** `--name a b` as `--name=a --name=b`, for flags that take several values. */
function spreadLists(
  lists: readonly string[],
  args: readonly string[],
): string[] {
  const words: string[] = [];
  let list: string | undefined;
  for (const arg of args) {
    const isFlag = arg.startsWith("-") && arg !== "-";
    if (list !== undefined && !isFlag) {
      words.push(`${list}=${arg}`);
      continue;
    }
    list = lists.some((name) => arg === `--${name}`) ? arg : undefined;
    if (list === undefined) words.push(arg);
  }
  return words;
}

function hasSwitch(name: string, args: readonly string[]): boolean {
  return args.some((arg) =>
    [`--${name}`, `--no-${name}`].includes(arg.replace(/=.*/s, ""))
  );
}

/** Refuses what `parseArgs` would take for something else than was meant. */
function checkWords(
  switches: readonly string[],
  texts: readonly string[],
  args: readonly string[],
): void {
  for (const [i, arg] of args.entries()) {
    if (arg === "--") throw new UsageError("Unexpected argument --");
    // parseArgs would take it for the positional arguments.
    if (/^--_(=|$)/.test(arg)) throw new UsageError("Unknown flag --_");
    const [, no, name, value] = /^--(no-)?([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (no !== undefined && texts.some((text) => text === name)) {
      throw new UsageError(`Unknown flag --no-${name}`);
    }
    const isSwitch = name !== undefined && switches.includes(name);
    if (isSwitch && (no !== undefined || !/^(true|false)$/.test(value ?? ""))) {
      throw new UsageError(`--${name} takes no value: it is on or off`);
    }
    if (args[i + 1] === "" && texts.some((text) => arg === `--${text}`)) {
      throw new UsageError(`${arg} needs a value`);
    }
  }
}

function fromEnv(
  flag: Flag<unknown>,
  env: (name: string) => string | undefined,
): string | undefined {
  // An empty variable counts as none: workflows set it where there is no value.
  return flag.env === undefined ? undefined : env(flag.env) || undefined;
}

function parseValue(name: string, flag: Flag<unknown>, text: string): unknown {
  const label = flag.kind === "positionals" ? flag.placeholder : `--${name}`;
  if (text === "") throw new UsageError(`${label} needs a value`);
  try {
    return flag.parse(text);
  } catch (cause) {
    if (!(cause instanceof InvalidValueError)) throw cause;
    throw new UsageError(`${label}: ${cause.message}`, { cause });
  }
}
