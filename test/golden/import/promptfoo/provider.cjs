/** Answers without a network: "small" says any sound, "large" mostly the right one. */
const SOUNDS = { cat: "meow", dog: "bark", duck: "quack", cow: "moo" };

module.exports = class {
  constructor({ config }) {
    this.config = config;
  }
  id() {
    return `local:${this.config.mode}`;
  }
  async callApi(prompt) {
    const isLarge = this.config.mode === "large";
    let hash = isLarge ? 3 : 1;
    for (const c of prompt) hash = (hash * 31 + c.charCodeAt(0)) % 9973;
    const [, right] = Object.entries(SOUNDS).find(([animal]) => prompt.includes(animal));
    return { output: `It said ${isLarge && hash % 3 !== 0 ? right : Object.values(SOUNDS)[hash % 4]}.` };
  }
};
