/**
 * The time-sync logs of Windows runners, which explain builds whose files seem
 * to come from the future.
 *
 * @module
 */

import { permissionHint } from "../files/file_errors.ts";
import type { Log } from "./log.ts";

/** Where a log is, and how many of its last lines are shown. */
export interface TimeSyncLog {
  readonly path: string;
  /** Absent for all. */
  readonly lastLines?: number;
}

/** The logs of the runners in use. */
export const TIME_SYNC_LOGS: readonly TimeSyncLog[] = [
  { path: "H:\\start.log" },
  { path: "H:\\time.log", lastLines: 51 },
];

/** Prints the logs that exist. */
export async function printTimeSyncLogs(
  log: Log,
  logs: readonly TimeSyncLog[] = TIME_SYNC_LOGS,
): Promise<void> {
  for (const { path, lastLines } of logs) {
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      // Most machines have none, or not even the drive.
      if (error instanceof Deno.errors.NotCapable) {
        log.info(`Time synchronisation: ${permissionHint(error)}`);
        continue;
      }
      if (error instanceof Error && "code" in error) continue;
      throw error;
    }
    const lines = text.trimEnd().split(/\r?\n/);
    await log.group(`Time synchronisation: ${path}`, () => {
      for (const line of lines.slice(lastLines ? -lastLines : 0)) {
        log.info(line);
      }
      return Promise.resolve();
    });
  }
}
