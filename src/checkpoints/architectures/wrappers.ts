/** Knows the models of text and images or sound whose text part is run, and finds its configuration in theirs. */

type Json = Readonly<Record<string, unknown>>;

/** Says how a wrapper's config.json describes its text model. */
interface Wrapper {
  /** What text_config may leave out; model_type is that of the text model. */
  readonly defaults: Json;
  /** The text model of another name in text_config that computes the same of text alone. */
  readonly types?: Readonly<Record<string, string>>;
  /**
   * Which config.json says that the head is the embedding: the wrapper's own, which is what this says where it is left
   * out; the text model's ("text"); or either of the two.
   */
  readonly tied: boolean | "text" | "either";
  /** Keys of the text model that the wrapper passes over, with what it takes in their place. */
  readonly fixed?: Json;
  /** True where releases may write the text model's keys beside the others, without a text_config. */
  readonly flat?: boolean;
  /** True where parts of each rotation stand for time, height and width: of text alone all are the position. */
  readonly positionsInThree?: boolean;
}

const LLAVA: Json = {
  model_type: "llama", vocab_size: 32000, hidden_size: 4096, intermediate_size: 11008, num_hidden_layers: 32,
  num_attention_heads: 32,
}; // prettier-ignore

const QWEN_VL: Json = {
  model_type: "qwen2", vocab_size: 152064, hidden_size: 8192, intermediate_size: 29568, num_hidden_layers: 80,
  num_attention_heads: 64, num_key_value_heads: 8, rms_norm_eps: 1e-5, max_window_layers: 80, rope_theta: 1000000,
}; // prettier-ignore

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  Gemma3ForConditionalGeneration: {
    defaults: {
      model_type: "gemma3_text", vocab_size: 262208, hidden_size: 2304, intermediate_size: 9216, num_hidden_layers: 26,
      num_attention_heads: 8, num_key_value_heads: 4, head_dim: 256,
    },
    fixed: { final_logit_softcapping: null },
    tied: true,
  },
  Mistral3ForConditionalGeneration: { defaults: { model_type: "mistral" }, tied: true },
  LlavaForConditionalGeneration: { defaults: LLAVA, tied: "either" },
  LlavaNextForConditionalGeneration: { defaults: LLAVA, tied: false },
  LlavaOnevisionForConditionalGeneration: { defaults: { model_type: "qwen2" }, tied: "either" },
  Idefics3ForConditionalGeneration: { defaults: { model_type: "llama" }, tied: false },
  SmolVLMForConditionalGeneration: { defaults: { model_type: "llama" }, tied: false },
  VoxtralForConditionalGeneration: {
    defaults: {
      model_type: "llama", vocab_size: 131072, hidden_size: 3072, intermediate_size: 8192, num_hidden_layers: 30,
      num_key_value_heads: 8, max_position_embeddings: 131072, rms_norm_eps: 1e-5, rope_theta: 100000000, head_dim: 128,
    },
    tied: "text",
  },
  InternVLForConditionalGeneration: { defaults: { model_type: "qwen2" }, tied: true },
  Qwen2VLForConditionalGeneration: {
    defaults: QWEN_VL, types: { qwen2_vl_text: "qwen2", qwen2_vl: "qwen2" }, tied: "either", flat: true, positionsInThree: true,
  },
  Qwen2_5_VLForConditionalGeneration: {
    defaults: QWEN_VL, types: { qwen2_5_vl_text: "qwen2", qwen2_5_vl: "qwen2" }, tied: "either", flat: true, positionsInThree: true,
  },
  Qwen3VLForConditionalGeneration: {
    defaults: { model_type: "qwen3", rope_theta: 500000 }, types: { qwen3_vl_text: "qwen3" }, tied: false, positionsInThree: true,
  },
}; // prettier-ignore

/** Matches tensors of a wrapper that are no part of its text model. */
const NOT_TEXT =
  /^(?:model\.)?(?:vision_tower|vision_model|visual|audio_tower|multi_modal_projector|connector|image_newline)(?:\.|$)/;

/** Matches keys beside a flat text model that are not its own. */
const NOT_TEXT_KEYS =
  /^(?:architectures|transformers_version|vision_config|(?:image|video|vision|vision_start|vision_end)_token_id)$/;

/** Returns the first name in `architectures`. */
export function architectureOf({ architectures }: Json): string | undefined {
  const name: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  return typeof name === "string" ? name : undefined;
}

/** Tells whether a tensor is of the part that sees or hears, in a model of more than text. */
export function isOtherThanText(json: Json, tensor: string): boolean {
  return wrapperOf(json) !== undefined && NOT_TEXT.test(tensor);
}

/** @returns the configuration of the text model inside; undefined where the architecture is no such model */
export function textConfigOf(json: Json): Json | undefined {
  const wrapper = wrapperOf(json);
  if (wrapper === undefined) return undefined;
  const given = json["text_config"];
  const own: unknown = given === undefined && wrapper.flat === true ? flatConfig(json) : given;
  if (!isObject(own)) return undefined;
  // Of some wrappers the whole model is what attention to both sides is asked of.
  const sides = json["is_causal"] === false ? { is_causal: false } : {};
  const config: Json = { ...wrapper.defaults, ...own, ...wrapper.fixed, ...tying(wrapper, json, own), ...sides };
  const type = config["model_type"];
  const known = typeof type === "string" && Object.hasOwn(wrapper.types ?? {}, type) ? wrapper.types?.[type] : type;
  return { ...(wrapper.positionsInThree === true ? withOnePosition(config) : config), model_type: known };
}

/** Returns the key by which transformers decides whether the head is the embedding. */
function tying({ tied }: Wrapper, json: Json, own: Json): Json {
  const key = "tie_word_embeddings";
  if (tied === "text") return {};
  const said = json[key] ?? tied === true;
  return { [key]: tied === "either" && said === false ? own[key] === true : said };
}

function wrapperOf(json: Json): Wrapper | undefined {
  const name = architectureOf(json) ?? "";
  return Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
}

function flatConfig(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !NOT_TEXT_KEYS.test(key)));
}

/** Leaves out of the rotary embedding which of its parts is for which of three positions. */
function withOnePosition(config: Json): Json {
  const changed = Object.entries(config).map(([key, value]) => {
    if (!/^rope_(?:scaling|parameters)$/.test(key) || !isObject(value)) return [key, value];
    const left = Object.entries(value).filter(([inner]) => !/^mrope_(?:section|interleaved)$/.test(inner));
    return [key, Object.fromEntries(left.map(([inner, one]) => [inner, one === "mrope" ? "default" : one]))];
  });
  return Object.fromEntries(changed) as Json;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
