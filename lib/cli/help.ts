/**
 * The text that `--help` prints.
 *
 * @module
 */

import type { Flags } from "./flags.ts";
import { logEnvironment } from "./log.ts";
import type { ScriptSpec } from "./declaration.ts";

const WIDTH = 80;

/** Usage, flags, variables, permissions, exit codes and an example. */
export function helpText(spec: ScriptSpec<Flags>): string {
  const sections: [string, [string, string][]][] = [
    ["Flags", [...flagRows(spec.flags), ["--help, -h", "Show this help."]]],
    ["Environment", environmentRows(spec)],
    [
      "Deno permissions",
      spec.permissions.map(({ flag, reason }) => [flag, reason]),
    ],
    ["Exit codes", Object.entries(spec.exitCodes)],
  ];
  return [
    ...wrap(spec.summary, WIDTH),
    "",
    `Usage: ${usage(spec)}`,
    ...sections.flatMap(([title, rows]) => ["", `${title}:`, ...table(rows)]),
    "",
    "Example:",
    `  scripts/${spec.name}.ts ${spec.example}`,
    "",
  ].join("\n");
}

function usage(spec: ScriptSpec<Flags>): string {
  const required = Object.entries(spec.flags)
    .filter(([, flag]) => flag.required)
    .map(([name, flag]) => ` --${name} ${flag.placeholder}`);
  const positional = Object.values(spec.flags)
    .filter(({ kind }) => kind === "positionals")
    .map(({ placeholder }) => ` [${placeholder} ...]`);
  return `${spec.name}${required.join("")} [flags]${positional.join("")}`;
}

function flagRows(flags: Flags): [string, string][] {
  return Object.entries(flags).map(([name, flag]) => {
    const notes = [
      flag.required ? "required" : undefined,
      flag.env ? `or $${flag.env}` : undefined,
      flag.defaultText ? `default: ${flag.defaultText}` : undefined,
    ].filter((note) => note !== undefined);
    const left = {
      switch: `--[no-]${name}`,
      value: `--${name} ${flag.placeholder}`,
      values: `--${name} ${flag.placeholder} ...`,
      positionals: `${flag.placeholder} ...`,
    }[flag.kind];
    const right = notes.length === 0
      ? flag.help
      : `${flag.help} (${notes.join("; ")})`;
    return [left, right];
  });
}

function environmentRows(spec: ScriptSpec<Flags>): [string, string][] {
  const fromFlags = Object.entries(spec.flags).flatMap(([name, { env }]) =>
    env === undefined ? [] : [[env, `Stands in for --${name}.`] as const]
  );
  const others = [...spec.environment, ...logEnvironment].map((
    { name, help },
  ) => [name, help] as const);
  return [...fromFlags, ...others].map(([name, help]) => [name, help]);
}

function table(rows: [string, string][]): string[] {
  const indent = 26;
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, WIDTH - indent).map((line) =>
      " ".repeat(indent) + line
    );
    const head = `  ${left}`;
    return head.length + 2 > indent
      ? [head, ...lines]
      : [head.padEnd(indent) + (lines[0] ?? "").trimStart(), ...lines.slice(1)];
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
