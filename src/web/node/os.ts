/** Stands for `node:os` in the page's worker. */

export const hostname = () => "browser";
export const homedir = () => "/";
export const tmpdir = () => "/tmp";
export const totalmem = () => 2 ** 32;
