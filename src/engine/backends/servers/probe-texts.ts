/** Lists texts on which a server's tokenizer and ours have to agree, and whose log-probabilities tell models apart. */

const SENTENCES = [
  "The capital of France is Paris, and the river that runs through it is the Seine.",
  "Question: Which of these is a mammal? A. trout B. whale C. sparrow D. frog\nAnswer: B",
  "Premise: A man is playing a guitar on stage.\nHypothesis: A person makes music.\nLabel: entailment",
  "Once upon a time, there was a little girl who loved to play outside in the park.",
  "Review: The acting was wooden, but I laughed twice. Sentiment: negative",
  "She said that she wouldn't come; he didn't believe it, and they'd've left anyway.",
  "In 1969, 600 million people watched Apollo 11; it cost $25.4 billion (about 3.5%).",
  "def add(a, b):\n    return a + b\n\nprint(add(2, 3))  # 5",
];

const MARKS = [
  "", "a", "A", " a", "a ", "  two  spaces  ", "three   spaces", "tab\there", "line\nbreak", "two\n\nbreaks", "\nfirst", "last\n",
  "\r\nwindows", "0", "7 77 777 7777 77777", "3.14159", "-1e-5", "1,000,000", "12:34:56", "2024-02-29", "50%", "$1.00", "#tag",
  "a_b-c.d", "http://example.org/a?b=c&d=e", "name@example.org", "(a) [b] {c} <d>", "\"quoted\" 'single'", "“curly” ‘quotes’", "it's",
  "I'm you're we'll they'd", "ALL CAPS", "camelCaseWord", "snake_case_word", "hyphen-ated", "em—dash", "ellipsis…", "...", "!!!", "?!",
  "café", "naïve façade", "Straße", "Ærøskøbing", "niño", "Zürich", "Привет, мир", "γνῶθι σεαυτόν", "שלום", "مرحبا", "你好，世界",
  "こんにちは", "안녕하세요", "สวัสดี", "नमस्ते", "🙂", "👩‍🚀 flies", "e\u0301 composed",
]; // prettier-ignore

/** Lists 64 texts: words, numbers, marks, white space, code, and writing of several scripts. */
export const PROBE_TEXTS: readonly string[] = [...SENTENCES, ...MARKS.filter((text) => text !== "")].slice(0, 64);

/** Lists texts of several sentences' length. */
export const PROBE_SENTENCES: readonly string[] = SENTENCES;
