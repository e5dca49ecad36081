/** The Hugging Face hub: revisions, file lists and files of dataset and model repositories, cached on disk. */

export { downloadFile, type OnProgress } from "./download.js";
export { HubUnavailableError } from "./errors.js";
export { listFiles, type RepoFile } from "./listing.js";
export { repoName, type Repo } from "./repo.js";
export { resolveRevision } from "./revision.js";
export { hubSettings, type HubSettings } from "./settings.js";
