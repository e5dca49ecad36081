/**
 * Gives access to the Hugging Face hub: revisions, file lists and files of dataset and model repositories, cached on
 * disk.
 */

export { missingFiles, snapshotFolder, type Snapshot } from "./snapshot.js";
export { downloadFile } from "./download.js";
export { HubUnavailableError } from "./errors.js";
export { KeptDownloads } from "./kept-downloads.js";
export { listFiles, type RepoFile } from "./listing.js";
export { probeHub } from "./probe.js";
export { listRefs } from "./refs.js";
export type { Repo } from "./repo.js";
export { rememberRevision, resolveRevision } from "./revision.js";
export { hubSettings, type HubSettings } from "./settings.js";
