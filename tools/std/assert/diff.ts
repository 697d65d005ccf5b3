// A stand-in of ours for `@std/assert`, used only where JSR cannot be reached.

const cellLimit = 1_000_000;

/** `value` as text, complete and in an order that does not depend on chance. */
export function show(value: unknown): string {
  return Deno.inspect(value, {
    compact: false,
    depth: Infinity,
    getters: true,
    iterableLimit: Infinity,
    sorted: true,
    strAbbreviateSize: Infinity,
    trailingComma: true,
  });
}

function linesOf(value: unknown): string[] {
  return typeof value === "string"
    ? value.split(/(?<=\n)/).map((line) => JSON.stringify(line))
    : show(value).split("\n");
}

// The length of the longest common run of lines of every pair of tails; the
// classic table, since what is compared in tests is short.
function commonTails(a: string[], b: string[]): number[][] {
  const table = a.map(() => new Array<number>(b.length + 1).fill(0));
  table.push(new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i]![j] = a[i] === b[j]
        ? table[i + 1]![j + 1]! + 1
        : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
    }
  }
  return table;
}

/** The lines of both values, marked with where they come from. */
export function diff(actual: unknown, expected: unknown): string {
  const a = linesOf(actual);
  const b = linesOf(expected);
  const out = ["", "    [Diff] - Actual / + Expected", ""];
  let i = 0;
  let j = 0;
  if (a.length * b.length <= cellLimit) {
    const common = commonTails(a, b);
    while (i < a.length && j < b.length) {
      if (a[i] === b[j]) {
        out.push(`    ${a[i++]}`);
        j++;
      } else if (common[i + 1]![j]! >= common[i]![j + 1]!) {
        out.push(`-   ${a[i++]}`);
      } else {
        out.push(`+   ${b[j++]}`);
      }
    }
  }
  while (i < a.length) out.push(`-   ${a[i++]}`);
  while (j < b.length) out.push(`+   ${b[j++]}`);
  return out.join("\n") + "\n";
}
