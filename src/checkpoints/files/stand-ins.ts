/** Recognises what often lies where a file of a checkpoint should: the pointer of Git LFS, or a web page. */

import { UserError } from "../../base/errors.js";

/** Sets how many bytes from the start of a file tell a stand-in from the file itself. */
export const STAND_IN_BYTES = 64;

/**
 * @param head the file's first characters, {@link STAND_IN_BYTES} or more
 * @throws UserError when they begin a Git LFS pointer or a web page
 */
export function refuseStandIn(path: string, head: string): void {
  if (head.startsWith("version https://git-lfs")) {
    throw new UserError(
      `${path}: a Git LFS pointer, not the file it points to; run "git lfs pull" in its repository, or download the file`,
    );
  }
  if (/^\s*<(?:!doctype|html|head|\?xml)/i.test(head)) {
    throw new UserError(`${path}: a web page, not the file itself; download it again from its direct address`);
  }
}
