// Prints, as the table of docs/leaderboard.md, what ranks by sensitivity say of simulated checkpoints:
// node scripts/simulate-statistics/simulate-boards.mjs [boards]. One core, seeded.
import { createJiti } from "jiti";

const { BOARD_FIGURES, simulatedBoards } = await createJiti(import.meta.url).import("./boards.ts");
const [boards = "200"] = process.argv.slice(2);

const EQUAL = { tasks: 3, prompts: 24, items: 100, sds: [0.4, 0.4, 0.4, 0.4], together: 1 };
const UNLIKE = { ...EQUAL, sds: [0.2, 0.3, 0.45, 0.7], together: 0.5 };
const WORLDS = [
  { ...EQUAL, name: "equal" },
  { ...EQUAL, name: "equal, 300 rows", items: 300 },
  { ...EQUAL, name: "equal, small SD", sds: [0.1, 0.1, 0.1, 0.1] },
  { ...EQUAL, name: "equal, none", sds: [0, 0, 0, 0] },
  { ...EQUAL, name: "alike, own wordings", together: 0.5 },
  { ...EQUAL, name: "alike, own wordings, 300 rows", together: 0.5, items: 300 },
  { ...UNLIKE, name: "unlike" },
  { ...UNLIKE, name: "unlike, means", means: [0.4, 0.6, 0.5, 0.9] },
];
console.log(`| world | ${BOARD_FIGURES.join(" | ")} |\n| --- |${" --- |".repeat(BOARD_FIGURES.length)}`);
for (const world of WORLDS) {
  const tally = await simulatedBoards(world, Number(boards), "simulation");
  const shares = BOARD_FIGURES.map((name) => (tally.share(name) ?? 0).toFixed(3).replace(/^0\./, "."));
  console.log(`| ${[world.name, ...shares].join(" | ")} |`);
}
