// Prints, as the tables of docs/planning.md, the power that pilots predict beside that of simulated studies:
// node scripts/simulate-statistics/simulate-plan.mjs [studies] [pilots] [seeds]. One core, seeded.
import { createJiti } from "jiti";

const { compared, comparedSeeds } = await createJiti(import.meta.url).import("./predictions.ts");
const [studies = "200", pilots = "60"] = process.argv.slice(2);

const C = { design: "C", prompts: 24, items: 100, means: [0.5, 0.5], sds: [0.3, 0.6], presentation: 0.2 };
const WORLDS = [
  { ...C, name: "SD doubled" },
  { ...C, name: "SD halved, 300 rows", sds: [0.6, 0.3], items: 300 },
  { ...C, name: "SD trebled", sds: [0.2, 0.6] },
  { ...C, name: "SD doubled, 48 wordings", prompts: 48 },
  { ...C, name: "SD doubled, mean .5 to .6, 300 rows", items: 300, means: [0.5, 0.6] },
  { ...C, name: "presentation 60 %, mean .3 to .35", presentation: 0.6, means: [0.3, 0.35], sds: [0.4, 0.8] },
  { ...C, name: "floor .05, 300 rows", means: [0.05, 0.08], items: 300 },
];
/** Fine-tunings of a pilot of seeds. */
const PILOT_SEEDS = 3;
const number = (value) => value.toFixed(2).replace(/^0\./, ".");
const range = ({ low, median, high }) => `${number(median)} (${number(low)} to ${number(high)})`;

console.log("| planned study | wordings x rows | SD: predicted | SD: simulated | mean: predicted | mean: simulated |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const world of process.argv[4] === "seeds" ? [] : WORLDS) {
  const { sd, mean } = await compared(world, 60, Number(studies), Number(pilots));
  const row = [range(sd.predicted), number(sd.simulated), range(mean.predicted), number(mean.simulated)];
  console.log(`| ${[world.name, `${world.prompts} x ${world.items}`, ...row].join(" | ")} |`);
}

const ARM = { items: 100, mean: 0.5, sds: [0.5, 0.5] };
const ARMS = [
  { ...ARM, name: "seeds differ by .1 logits", seeds: 3, spread: [0.1, 0.2], gain: 0.6 },
  { ...ARM, name: "seeds differ by .1 logits", seeds: 5, spread: [0.1, 0.2], gain: 0.4 },
  { ...ARM, name: "seeds differ by .3 logits", seeds: 5, spread: [0.3, 0.3], gain: 0.6 },
  { ...ARM, name: "seeds differ by .3 logits", seeds: 10, spread: [0.3, 0.3], gain: 0.4 },
];
console.log("\n| planned arm | seeds | change of the mean | predicted | simulated |");
console.log("| --- | --- | --- | --- | --- |");
for (const arm of ARMS) {
  const { change, predicted, simulated } = await comparedSeeds(arm, PILOT_SEEDS, Number(studies), Number(pilots));
  console.log(`| ${[arm.name, arm.seeds, change.toFixed(3), range(predicted), number(simulated)].join(" | ")} |`);
}
