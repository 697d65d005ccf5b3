/**
 * Publishing what a CI run produced, and getting it back.
 *
 * The library takes options and returns values: it reads no environment,
 * writes to no console and does nothing when it is imported.
 *
 * @example
 * ```ts ignore
 * import { createUploadBackend, RunOutputRoot } from "@run-outputs/run-outputs";
 *
 * const root = await RunOutputRoot.fromWorkflowRun({
 *   runId: "12345678901",
 *   platform: "linux",
 *   repository: "ROCm/TheRock",
 * });
 * await using backend = createUploadBackend();
 * await backend.uploadDirectory("build/logs", root.logDir("gfx94X-dcgpu"));
 * ```
 *
 * @module
 */

export {
  ArtifactBackend,
  type ArtifactBackendOptions,
  type ArtifactOptions,
  createArtifactBackend,
  type StoredArtifact,
  type StoredArtifacts,
} from "./lib/artifact_backend.ts";
export {
  type ArtifactRunInfo,
  describeArtifactRun,
} from "./lib/artifact_run_info.ts";
export {
  type FamilySelection,
  type NameSelection,
  selectFamilies,
  selectNames,
} from "./lib/artifact_selection.ts";
export { type DownloadResult } from "./lib/transfer/download.ts";
export { type StoreOptions } from "./lib/storage/create_store.ts";
export {
  createGitHub,
  type GitHub,
  type WorkflowRunDetails,
  type WorkflowRunQuery,
} from "./lib/github/workflow_runs.ts";
export type {
  GitHubOptions,
  RateLimitWait,
} from "./lib/github/github_client.ts";
export { GitHubError } from "./lib/github/github_errors.ts";
export { type ArtifactName, parseArtifactName } from "./lib/artifact_name.ts";
export {
  BUCKET_CUTOVER,
  type BucketChoice,
  type BucketInputs,
  chooseBucket,
  MAIN_REPOSITORY,
  RELEASE_TYPES,
  type ReleaseType,
} from "./lib/bucket.ts";
export { inferContentType } from "./lib/content_type.ts";
export {
  type ErrorCode,
  InvalidValueError,
  RunOutputsError,
  StorageError,
  type StorageErrorContext,
} from "./lib/errors.ts";
export {
  type IndexEntry,
  type IndexPage,
  renderIndexPage,
} from "./lib/index_page.ts";
export type { WalkOptions } from "./lib/files/walk.ts";
export { manifestFileName } from "./lib/manifest_name.ts";
export { OutputLocation } from "./lib/output_location.ts";
export {
  ConflictError,
  type IfExists,
  type LedgerOptions,
} from "./lib/receipts/ledger.ts";
export type { Writer } from "./lib/receipts/receipt.ts";
export type { RetryEvent, RetryPolicy } from "./lib/retry.ts";
export {
  type ForLocalOptions,
  type FromWorkflowRunOptions,
  type LookUpWorkflowRun,
  RunOutputRoot,
  type RunOutputRootInit,
  type WorkflowRun,
} from "./lib/run_output_root.ts";
export {
  DryRunStore,
  type PlannedObject,
} from "./lib/storage/dry_run_store.ts";
export {
  LocalStore,
  type LocalStoreOptions,
} from "./lib/storage/local_store.ts";
export {
  MemoryStore,
  type MemoryStoreOptions,
} from "./lib/storage/memory_store.ts";
export type {
  GetOptions,
  ListOptions,
  MultipartUpload,
  ObjectBody,
  ObjectInfo,
  ObjectMetadata,
  ObjectPart,
  ObjectReader,
  ObjectStore,
  OperationOptions,
  PutCondition,
  PutOptions,
} from "./lib/storage/object_store.ts";
export { RetryingStore } from "./lib/storage/retrying_store.ts";
export type { S3Credentials, S3Options } from "./lib/storage/s3_client.ts";
export { S3Store, type S3StoreOptions } from "./lib/storage/s3_store.ts";
export {
  createUploadBackend,
  type CreateUploadBackendOptions,
  UploadBackend,
  type UploadBackendOptions,
} from "./lib/upload_backend.ts";
export {
  type DirectoryUpload,
  IncompleteUploadError,
  type UploadedFile,
  type UploadFailure,
  type UploadOptions,
  type UploadProgress,
} from "./lib/upload_result.ts";
