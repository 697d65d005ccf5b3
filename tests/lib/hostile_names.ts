/**
 * Names that no path segment may have, wherever they come from.
 *
 * @module
 */

/** Each with what is wrong with it. */
export const HOSTILE_NAMES: Readonly<Record<string, string>> = {
  "empty": "",
  "this directory": ".",
  "the directory above": "..",
  "two segments": "a/b",
  "a way out": "../x",
  "a way out in the middle": "a/../../x",
  "absolute": "/abs",
  "a trailing slash": "a/",
  "a back-slash": "a\\b",
  "a way out with back-slashes": "..\\x",
  "a drive letter": "C:x",
  "a lower-case drive letter": "c:",
  "a NUL": "a\0b",
  "a line break": "a\nb",
  "a carriage return": "a\rb",
  "a tab": "a\tb",
  "an escape character": "a\x1b[2Jb",
  "a DEL": "a\x7fb",
  "a high surrogate alone": "a\ud83d",
  "a low surrogate alone": "\ude00a",
};

/** Of those, what is no name of several segments either, as for `child()`. */
export const HOSTILE_PATHS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(HOSTILE_NAMES).filter(([, name]) => name !== "a/b"),
  ),
  "an empty segment": "a//b",
  "a relative segment at the end": "a/..",
  "a relative segment inside": "a/./b",
  "a NUL deeper down": "a/b/c\0",
  "a drive letter deeper down": "a/D:b",
};

/** Names that look odd and are fine. */
export const ODD_NAMES: readonly string[] = [
  "...",
  "..a",
  "a..",
  ".hidden",
  "-",
  " ",
  "a b",
  "~",
  "+",
  "#",
  "?",
  "%",
  "%2e%2e",
  "%2F",
  "&amp;",
  "'\"<>",
  "!*()[]{}",
  "a=b;c@d,e$f:g",
  "é",
  "e\u0301",
  "日本",
  "😀",
  "\ufffd",
  "con",
];
