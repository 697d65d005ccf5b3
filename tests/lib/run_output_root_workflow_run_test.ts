import { assertEquals, assertRejects } from "@std/assert";
import { InvalidValueError } from "../../lib/errors.ts";
import {
  type FromWorkflowRunOptions,
  RunOutputRoot,
  type WorkflowRun,
} from "../../lib/run_output_root.ts";
import { HOSTILE_NAMES } from "./hostile_names.ts";

const BEFORE = "2025-11-11T16:18:48Z";
const AFTER = "2025-11-11T16:18:49Z";

function workflowRun(
  repository: string | null,
  updatedAt = AFTER,
): WorkflowRun {
  return {
    id: 123,
    updated_at: updatedAt,
    head_repository: repository === null ? null : { full_name: repository },
  };
}

async function uri(
  options: Partial<FromWorkflowRunOptions>,
): Promise<string> {
  const root = await RunOutputRoot.fromWorkflowRun({
    runId: "123",
    platform: "linux",
    ...options,
  });
  return root.root().s3Uri;
}

Deno.test({
  name: "nothing is looked up unless the caller passes a function for it",
  permissions: "none",
  async fn() {
    assertEquals(await uri({}), "s3://therock-ci-artifacts/123-linux");
    assertEquals(
      await uri({ repository: "ROCm/TheRock", workflowRun: null }),
      "s3://therock-ci-artifacts/123-linux",
    );
    assertEquals(
      await uri({ repository: "ROCm/TheRock", isPrFromFork: true }),
      "s3://therock-ci-artifacts-external/ROCm-TheRock/123-linux",
    );
    assertEquals(
      await uri({ repository: "a/b", releaseType: "nightly" }),
      "s3://therock-nightly-artifacts/a-b/123-linux",
    );
  },
});

Deno.test({
  name: "a run is looked up once, by repository and run id",
  permissions: "none",
  async fn() {
    const calls: unknown[] = [];
    const lookUpWorkflowRun = (...args: unknown[]) => {
      calls.push(args);
      return Promise.resolve(workflowRun("ROCm/rocm-libraries", BEFORE));
    };
    assertEquals(
      await uri({ repository: "ROCm/rocm-libraries", lookUpWorkflowRun }),
      "s3://therock-artifacts-external/ROCm-rocm-libraries/123-linux",
    );
    assertEquals(calls, [["ROCm/rocm-libraries", "123"]]);
    await uri({ lookUpWorkflowRun });
    assertEquals(calls[1], ["ROCm/TheRock", "123"]);
  },
});

Deno.test({
  name: "a run that is given is not looked up",
  permissions: "none",
  async fn() {
    assertEquals(
      await uri({
        workflowRun: workflowRun("ROCm/TheRock", BEFORE),
        lookUpWorkflowRun: () => Promise.reject(new Error("was looked up")),
      }),
      "s3://therock-artifacts/123-linux",
    );
  },
});

Deno.test({
  name: "a failing look-up fails with its own error",
  permissions: "none",
  async fn() {
    const error = new Error("no network");
    const found = await assertRejects(() =>
      uri({ lookUpWorkflowRun: () => Promise.reject(error) })
    );
    assertEquals(found, error);
  },
});

Deno.test({
  name: "a run is from a fork when its head repository is another one or gone",
  permissions: "none",
  async fn() {
    const main = "s3://therock-ci-artifacts/123-linux";
    const fork = "s3://therock-ci-artifacts-external/ROCm-TheRock/123-linux";
    const cases: [string | null, string][] = [
      ["ROCm/TheRock", main],
      ["rocm/therock", main],
      ["SomeUser/TheRock", fork],
      ["ROCm/TheRock2", fork],
      [null, fork],
    ];
    for (const [head, expected] of cases) {
      for (const isPrFromFork of [undefined, true, false]) {
        // What the run says counts, not what the caller believes.
        const actual = await uri({
          workflowRun: workflowRun(head),
          isPrFromFork,
        });
        assertEquals(actual, expected, `${head}`);
      }
    }
  },
});

Deno.test({
  name: "a fork of the internal repository does not get its bucket",
  permissions: "none",
  async fn() {
    const repository = "ROCm/therock-releases-internal";
    assertEquals(
      await uri({ repository, workflowRun: workflowRun(repository) }),
      "s3://therock-artifacts-internal/ROCm-therock-releases-internal/123-linux",
    );
    assertEquals(
      await uri({ repository, workflowRun: workflowRun(null) }),
      "s3://therock-ci-artifacts-external/ROCm-therock-releases-internal/123-linux",
    );
  },
});

Deno.test({
  name: "the run's time may have fractions of a second and an offset",
  permissions: "none",
  async fn() {
    const times = {
      "2025-11-11T16:18:48.000Z": "s3://therock-artifacts/123-linux",
      "2025-11-11T17:18:48+01:00": "s3://therock-artifacts/123-linux",
      "2025-11-11T16:18:48.001Z": "s3://therock-ci-artifacts/123-linux",
      "2025-11-11T17:18:48.5+01:00": "s3://therock-ci-artifacts/123-linux",
    };
    for (const [time, expected] of Object.entries(times)) {
      const run = workflowRun("ROCm/TheRock", time);
      assertEquals(await uri({ workflowRun: run }), expected, time);
    }
    await assertRejects(
      () => uri({ workflowRun: workflowRun("ROCm/TheRock", "yesterday") }),
      InvalidValueError,
      "yesterday",
    );
  },
});

Deno.test({
  name: "a bucket that is given leaves the rest of the path as it is",
  permissions: "none",
  async fn() {
    assertEquals(
      await uri({ bucket: "mine", repository: "a/b" }),
      "s3://mine/a-b/123-linux",
    );
    assertEquals(
      await uri({ bucket: "mine", workflowRun: workflowRun(null) }),
      "s3://mine/ROCm-TheRock/123-linux",
    );
    assertEquals(await uri({ bucket: "mine" }), "s3://mine/123-linux");
  },
});

Deno.test({
  name: "a run id or repository that cannot be used is refused before " +
    "anything is looked up",
  permissions: "none",
  async fn() {
    const lookUpWorkflowRun = () => Promise.reject(new Error("was looked up"));
    for (const [what, name] of Object.entries(HOSTILE_NAMES)) {
      await assertRejects(
        () => uri({ runId: name, lookUpWorkflowRun }),
        InvalidValueError,
        "run id",
        what,
      );
      for (const repository of [name, `${name}/b`, `a/${name}`]) {
        if (repository === "a/b") continue;
        await assertRejects(
          () => uri({ repository, lookUpWorkflowRun }),
          InvalidValueError,
          "Invalid repository",
          what,
        );
      }
      await assertRejects(
        () => uri({ platform: name }),
        InvalidValueError,
        "platform",
        what,
      );
      await assertRejects(
        () => uri({ bucket: name }),
        InvalidValueError,
        "bucket name",
        what,
      );
    }
  },
});
