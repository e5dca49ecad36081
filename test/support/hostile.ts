/** Text that does something wherever it is not escaped; `globalThis.hacked` says that something ran. */

export const HOSTILE = [
  `</script><script>globalThis.hacked=1</script>`,
  `"><img src=x onerror="globalThis.hacked=2">`,
  `'><svg onload=globalThis.hacked=3>`,
  `<a href="javascript:globalThis.hacked=4" autofocus onfocus=globalThis.hacked=5>x</a>`,
  `]]>--><!--<style>*{display:none}</style>`,
  "\u202egnirts\u0000\u0007\ud800\ufffe",
  "=HYPERLINK(1)|`code`*_~[x](javascript:alert(1))",
  "\\input{/etc/passwd}%$&#_^",
].join("");

/** Returns any text with all of it. */
export function hostile(text: string): string {
  return `${text}${HOSTILE}`;
}
