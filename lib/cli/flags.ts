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
  readonly kind: "value" | "switch" | "values";
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
    const text = given.get(name) ?? fromEnv(flag, env);
    if (typeof text === "boolean") {
      values[name] = text;
    } else if (text === undefined) {
      if (flag.required) {
        throw new UsageError(
          `--${name} is required` + (flag.env ? ` (or $${flag.env})` : ""),
        );
      }
      values[name] = flag.fallback;
    } else {
      values[name] = parseValue(name, flag, text);
    }
  }
  return values as FlagValues<F>;
}

function readFlags(
  flags: Flags,
  args: readonly string[],
): Map<string, string | boolean> {
  const names = Object.entries(flags);
  const switches = names.filter(([, f]) => f.kind === "switch").map(([n]) => n);
  const texts = names.filter(([, f]) => f.kind === "value").map(([n]) => n);
  checkWords(switches, texts, args);
  const parsed = parseArgs([...args], {
    boolean: switches,
    string: texts,
    negatable: switches,
    collect: texts,
    unknown: (arg) => {
      throw new UsageError(
        arg.startsWith("-")
          ? `Unknown flag ${arg.replace(/=.*/s, "")}`
          : `Unexpected argument ${JSON.stringify(arg)}`,
      );
    },
  }) as Record<string, unknown>;
  const given = new Map<string, string | boolean>();
  for (const name of switches) {
    // parseArgs answers false for switches that are absent too.
    if (hasSwitch(name, args)) given.set(name, parsed[name] === true);
  }
  for (const name of texts) {
    const all = parsed[name] as string[] | undefined;
    const last = all?.at(-1);
    if (last !== undefined) given.set(name, last);
  }
  return given;
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
    const [, no, name, value] = /^--(no-)?([^=]+)=(.*)$/s.exec(arg) ?? [];
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
  if (text === "") throw new UsageError(`--${name} needs a value`);
  try {
    return flag.parse(text);
  } catch (cause) {
    if (!(cause instanceof InvalidValueError)) throw cause;
    throw new UsageError(`--${name}: ${cause.message}`, { cause });
  }
}
