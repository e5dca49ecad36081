/** Says what a run of the page refuses in the words of the page: its fields have no flags and its rows no path. */

/** Lists what messages of the command line call the fields of the page. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/file_pasted: (?=\/rows\/)/g, ""],
  [/ \(task file_pasted\)/g, ""],
  [/\/rows\/pasted\.\w+( \(no train rows\))?/g, "the pasted rows"],
  [/the pasted rows has\b/g, "the pasted rows have"],
  [/use --num-fewshot (\d+)/g, "set “Examples before each question” to $1"],
  [/give --fields (\S+)/g, "write $1 under “Other names of columns”"],
  [/--fields (\S+):/g, "“Other names of columns”, $1:"],
  [/--label (\S+):/g, "“Column of the right answer”, $1:"],
  [/--choices (\S+):/g, "“Columns of the choices”, $1:"],
  [/--label\b/g, "“Column of the right answer”"],
  [/--choices\b/g, "“Columns of the choices”"],
  [/--fields\b/g, "“Other names of columns”"],
];

export function inPageWords(message: string): string {
  return WORDS.reduce((text, [flag, words]) => text.replace(flag, words), message);
}
