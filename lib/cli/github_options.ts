/**
 * How the scripts that look something up reach GitHub.
 *
 * @module
 */

import type { GitHubOptions } from "../github/github_client.ts";
import type { EnvironmentVariable } from "./declaration.ts";

/** The variables that {@linkcode githubOptionsFrom} reads. */
export const githubEnvironment: readonly EnvironmentVariable[] = [
  {
    name: "GITHUB_TOKEN",
    help: "Token for GitHub's API, with actions: read; needed for private " +
      "repositories, and raises the rate limit.",
  },
  { name: "GH_TOKEN", help: "The same, where GITHUB_TOKEN is not set." },
  {
    name: "GITHUB_API_URL",
    help: "Root of GitHub's API, for Enterprise servers; otherwise " +
      "https://api.github.com.",
  },
];

/** For `--allow-net`: where {@linkcode githubOptionsFrom} leads by default. */
export const GITHUB_HOSTS: readonly string[] = ["api.github.com"];

/**
 * Token and API root from variables; an empty one counts as none.
 *
 * @param env The value of a variable.
 */
export function githubOptionsFrom(
  env: (name: string) => string | undefined,
): Pick<GitHubOptions, "token" | "apiUrl"> {
  const value = (name: string) => env(name)?.trim() || undefined;
  return {
    token: value("GITHUB_TOKEN") ?? value("GH_TOKEN"),
    apiUrl: value("GITHUB_API_URL"),
  };
}
