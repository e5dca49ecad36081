/** Tells which class of transformers 5.24 AutoTokenizer makes of a folder without tokenizer.json. */

/** Stands for a tokenizer that is made from its files alone, by no class of its own. */
export const GENERAL = "TokenizersBackend";

/** Lists model types with the class that is registered for them; "llama" and others have none. */
const REGISTERED: Readonly<Record<string, string>> = {
  cohere: "CohereTokenizer", cohere2: "CohereTokenizer", gemma: "GemmaTokenizer", gemma2: "GemmaTokenizer",
  gemma3: "GemmaTokenizer", gemma3_text: "GemmaTokenizer", gpt2: "GPT2Tokenizer", gptj: "GPT2Tokenizer", opt: "GPT2Tokenizer",
  phi: "GPT2Tokenizer", starcoder2: "GPT2Tokenizer", gpt_neox: "GPTNeoXTokenizer", mpt: "GPTNeoXTokenizer",
  olmo: "GPTNeoXTokenizer", olmoe: "GPTNeoXTokenizer", qwen2: "Qwen2Tokenizer", qwen2_moe: "Qwen2Tokenizer", qwen3: "Qwen2Tokenizer",
  qwen3_moe: "Qwen2Tokenizer", qwen2_vl: "Qwen2Tokenizer", qwen2_5_vl: "Qwen2Tokenizer", qwen3_vl: "Qwen2Tokenizer",
  internvl: "Qwen2Tokenizer", gpt_bigcode: GENERAL, granite: GENERAL, internlm2: GENERAL, llava: GENERAL, llava_next: GENERAL,
  ministral3: GENERAL, mistral: GENERAL, mistral3: GENERAL, mixtral: GENERAL, olmo2: GENERAL, olmo3: GENERAL, phi3: GENERAL,
  smolvlm: GENERAL, stablelm: GENERAL, voxtral: GENERAL,
}; // prettier-ignore

/**
 * Lists classes of transformers by their names without "Tokenizer"; any other name, such as one of a release's own
 * code, is GENERAL.
 */
const CLASSES = new Set(
  `Albert Bart Barthez Bartpho BertGeneration BertJapanese Bert Bertweet BigBird BioGpt BlenderbotSmall Blenderbot
  ByT5 CLIP CTRL Camembert Canine CodeGen CodeLlama Cohere CpmAnt Cpm Deberta DebertaV2 Electra Esm FNet FSMT
  Flaubert Funnel GPT2 GPTNeoXJapanese GPTNeoX GPTSw3 Gemma Herbert LED LayoutLMv3 Llama Longformer Luke M2M100
  MBart50 MBart MPNet Marian Mvp MyT5 Nllb OpenAIGPT PLBart Pegasus Phobert ProphetNet Qwen2 Qwen3_5 Reformer
  RemBert RoFormer Roberta SeamlessM4T Siglip Speech2Text Splinter T5 Udop Whisper XGLM XLMRoberta XLM XLNet`
    .split(/\s+/)
    .map((name) => `${name}Tokenizer`),
);

/** Lists model types whose releases name wrong classes, so that what is registered is taken. */
const WRONG = new Set(["internlm2", "llava", "llava_next", "phi3", "qwen2", "smolvlm"]);

type Json = Readonly<Record<string, unknown>>;

/**
 * Returns the name of the class, without "Fast".
 * @param tokenizerConfig tokenizer_config.json
 * @param config config.json, empty where the tokenizer lies alone
 */
export function tokenizerClass(tokenizerConfig: Json, config: Json): string {
  const named = nameOf(tokenizerConfig["tokenizer_class"]) ?? nameOf(config["tokenizer_class"]);
  const { model_type: type } = config;
  const registered = typeof type === "string" && Object.hasOwn(REGISTERED, type) ? REGISTERED[type] : undefined;
  const name = named ?? registered ?? GENERAL;
  if (registered === undefined || registered === name) return CLASSES.has(name) ? name : GENERAL;
  if (registered === GENERAL) return GENERAL;
  return WRONG.has(type as string) ? registered : CLASSES.has(name) ? name : GENERAL;
}

function nameOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.replace(/Fast$/, "") : undefined;
}
