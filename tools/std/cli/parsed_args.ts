// A stand-in of ours for `@std/cli`, used only where JSR cannot be reached.

// Names that are not known as literals promise nothing: what belongs to them
// can then only be read as `unknown`.
type Known<Name> = string extends Name ? never : Name;

type Negated<Name, Negatable> = Name extends Negatable ? false : never;

// What an option holds that was given, or that is never absent.
type Given<Strings, Booleans, Collected, Negatable> =
  & {
    [Name in Known<Strings> & string]:
      | (Name extends Collected ? string[] : string)
      | Negated<Name, Negatable>;
  }
  & {
    [Name in Known<Booleans> & string]: Name extends Collected ? boolean[]
      : boolean;
  };

// Only a single string is absent where it was not given.
type MayBeAbsent<Strings, Collected, Defaults> = Exclude<
  Known<Strings>,
  Collected | keyof Defaults
>;

type WithDefaults<Values, Absent, Defaults> =
  & {
    [Name in keyof Values as Name extends Absent ? Name : never]?: Values[Name];
  }
  & {
    [Name in keyof Values as Name extends Absent ? never : Name]:
      | Values[Name]
      | (Name extends keyof Defaults ? Defaults[Name] : never);
  };

/** What `parseArgs()` returns. */
export type ParsedArgs<
  Strings,
  Booleans,
  Collected,
  Negatable,
  Defaults,
  DoubleDash,
> =
  & { [name: string]: unknown; _: (string | number)[] }
  & WithDefaults<
    Given<Strings, Booleans, Collected, Negatable>,
    MayBeAbsent<Strings, Collected, Defaults>,
    Defaults
  >
  & ([DoubleDash] extends [true] ? { "--": string[] } : unknown);
