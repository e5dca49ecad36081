// Simulates studies of known truth through `analyze` and writes docs/statistics-tables.md:
// node scripts/simulate-statistics/simulate-statistics.mjs [studies] [--only TEXT] [--kept FILE]. One core, seeded.
// TEXT picks worlds by "section: name", as "trends: no wobble", and the page goes to the terminal.
// FILE keeps the counts of every twenty studies as they come, so that more are added to those that are there; 0 studies
// write the page from what is kept.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);
const {
  DRAWN_WORLDS,
  MEANS_WORLDS,
  NULL_WORLDS,
  POOL_WORLDS,
  POWER_WORLDS,
  SDS_WORLDS,
  SEED_WORLDS,
  TASKS_WORLDS,
  TREND_WORLDS,
} = await jiti.import("./all-worlds.ts");
const { FIGURES, simulated } = await jiti.import("./study.ts");
const { POOL_FIGURES, simulatedPools } = await jiti.import("./pools.ts");
const { SEED_FIGURES, simulatedSeeds } = await jiti.import("./seeds.ts");
const { TASKS_FIGURES, simulatedTasks } = await jiti.import("./over-tasks.ts");
const { DRAWN_COMPONENTS, simulatedDrawn } = await jiti.import("./drawn.ts");
const { MEANS_FIGURES, simulatedMeans } = await jiti.import("./means.ts");
const { SDS_FIGURES, simulatedSds } = await jiti.import("./sds.ts");
const { simulatedTrends, TREND_FIGURES } = await jiti.import("./trends.ts");

const [count = "200"] = process.argv.slice(2);
const studies = Number(count);
const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : "");
const [only, file] = [option("--only"), option("--kept")];
const picked = (section, worlds) => worlds.filter(({ name }) => `${section}: ${name}`.includes(only));
const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
const kept = new Map();
for (const one of lines.map((line) => JSON.parse(line))) keep(one);

function keep(one) {
  kept.set(one.key, [...(kept.get(one.key) ?? []), one]);
}

/** Studies that are drawn from one stream. */
const CHUNK = 20;

/** Returns the shares of a world's figures, after drawing the studies that are not kept; undefined for none. */
async function figuresOf(section, world, figures, simulate, wanted, chunk = CHUNK) {
  const key = JSON.stringify([section, world]);
  const drawn = () => (kept.get(key) ?? []).reduce((sum, { runs }) => sum + runs, 0);
  while (drawn() < wanted) {
    const started = Date.now();
    const runs = Math.min(chunk, wanted - drawn());
    const tally = await simulate(world, runs, `simulation ${drawn()}`);
    const counts = figures.map((name) => [Math.round((tally.share(name) ?? 0) * tally.of(name)), tally.of(name)]);
    const one = { key, runs, counts };
    keep(one);
    if (file !== "") appendFileSync(file, `${JSON.stringify(one)}\n`);
    console.error(`${section}, ${world.name}, ${drawn()}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  }
  const found = kept.get(key);
  if (found === undefined) return undefined;
  const sum = (at, part) => found.reduce((all, { counts }) => all + counts[at][part], 0);
  const of = figures.map((_, at) => sum(at, 1));
  return { runs: drawn(), of, shares: of.map((n, at) => (n === 0 ? null : sum(at, 0) / n)) };
}

const number = (value) => (value === null ? "–" : value.toFixed(3).replace(/^0\./, "."));
const table = (head, rows) => [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
const TESTS = FIGURES.slice(0, 6);
const INTERVALS = FIGURES.slice(6);

async function rowsOf(section, worlds) {
  const rows = { tests: [], intervals: [] };
  for (const world of picked(section, worlds)) {
    // A grid of 96 prompts x 300 rows takes as long as ten others.
    const wanted = world.prompts > 48 ? Math.ceil(studies / 5) : studies;
    const found = await figuresOf(section, world, FIGURES, simulated, wanted);
    if (found === undefined) continue;
    const { runs, shares, of } = found;
    const head = [world.name, `${world.design}, ${world.prompts} x ${world.items}`, runs];
    rows.tests.push([...head, ...shares.slice(0, TESTS.length).map(number)]);
    const given = of[FIGURES.indexOf("SD prob.")] === 0 ? "–" : number(of[FIGURES.indexOf("change logit")] / runs);
    rows.intervals.push([...head, ...shares.slice(TESTS.length).map(number), given]);
  }
  return rows;
}

/** Rows of worlds that have one table. */
async function plainRows(section, worlds, figures, simulate, head) {
  const rows = [];
  for (const world of picked(section, worlds)) {
    const wanted = world.checkpoints > 100 ? Math.ceil(studies / 5) : studies;
    const found = await figuresOf(section, world, figures, simulate, wanted);
    if (found !== undefined) rows.push([...head(world), found.runs, ...found.shares.map(number)]);
  }
  return rows;
}

const seeds = await plainRows("seeds", SEED_WORLDS, SEED_FIGURES, simulatedSeeds, (world) => [world.name, world.seeds]);
const trends = await plainRows("trends", TREND_WORLDS, TREND_FIGURES, simulatedTrends, (world) => [world.name, world.checkpoints, world.items]); // prettier-ignore
const nulls = await rowsOf("size", NULL_WORLDS);
const pools = await plainRows("pools", POOL_WORLDS, POOL_FIGURES, simulatedPools, (world) => [world.name, world.tasks]);
const power = await rowsOf("power", POWER_WORLDS);
/** Sets enough for a standard error of .007: these studies cost next to nothing. */
const DRAWN_STUDIES = 1000;
/** Sets studies enough for a standard error of .005. */
const MEANS_STUDIES = 2000;
/** Sets studies of two checkpoints each. */
const SDS_STUDIES = 1000;
const drawn = picked("drawn", DRAWN_WORLDS).map((world) => {
  const { tally, means } = simulatedDrawn(world, DRAWN_STUDIES, "simulation");
  const beside = DRAWN_COMPONENTS.map((name) => `${means[name].estimate.toFixed(4)} (${means[name].truth.toFixed(4)})`);
  const size = `${world.prompts} x ${world.items} x ${world.samples}`;
  return [
    world.name,
    size,
    DRAWN_STUDIES,
    ...beside,
    number(tally.share("sampling")),
    number(tally.share("interaction")),
  ];
});
const overTasks = picked("tasks", TASKS_WORLDS).map((world) => {
  const tally = simulatedTasks(world, DRAWN_STUDIES, "simulation");
  return [
    world.name,
    world.tasks.join(" + "),
    DRAWN_STUDIES,
    ...TASKS_FIGURES.map((name) => number(tally.share(name))),
  ];
});
/** Rows of worlds that are drawn without the rest of the path. */
async function aloneRows(section, worlds, figures, simulate, wanted) {
  const rows = [];
  for (const world of picked(section, worlds)) {
    const found = await figuresOf(section, world, figures, simulate, studies === 0 ? 0 : wanted, wanted);
    const head = [world.name, `${world.design}, ${world.prompts} x ${world.items}`];
    if (found !== undefined) rows.push([...head, found.runs, ...found.shares.map(number)]);
  }
  return rows;
}

const means = await aloneRows("means", MEANS_WORLDS, MEANS_FIGURES, simulatedMeans, MEANS_STUDIES);
const sds = await aloneRows("sds", SDS_WORLDS, SDS_FIGURES, simulatedSds, SDS_STUDIES);
const head = ["world", "design, prompts x rows", "studies"];
const text = `# Statistics: simulated size, coverage and power

\`node scripts/simulate-statistics/simulate-statistics.mjs 40\` writes this page (200 studies where there is more time). Each study is a table
of row scores that \`analyze\` reads and analyses: the figures are those that are printed. Each row says how many studies it is of: a
share of .05 has a standard error of .034 in 40 studies, .022 in 100, .019 in 140, .015 in 200. \`--kept FILE\` adds studies to those of
earlier runs, \`--only seeds\` draws one section.
Designs: C has every wording once, presentations alternating; B every wording in both presentations; A is 6 wordings x 2
presentations x 2 draws; N has one presentation. What is estimated, and what is withheld, is in [statistics.md](statistics.md).

## Size

Share of studies in which a p-value is at most .05 though the SD does not change. "p contrast" and "p mean" are of changes
of the contrast and of the mean, which are true changes where the means differ; F is the test of any prompt effect.

${table([...head, ...TESTS], nulls.tests)}

Few studies tell little of a single entry. The entries farthest off were drawn again without the rest of the path, 2,000 studies each
(standard error .005): p contrast of C with wordings 80 %, presentations 60 % (6,000), presentations 85 % and 8 prompts: .054, .058, .047 and
.055; p mean of three presentations: .047, of heavy tails: .050. Of 600 to 800 studies, p mean of B with wordings 60 %: .043. Means and their
changes have [a table of their own](#means).

## Coverage

Share of the intervals given that hold the truth; the last column is the share of studies in which the change in logits
has an interval. Dashes: not defined, or withheld; worlds whose effects are not normal have no truth to cover.

${table([...head, ...INTERVALS, "given"], nulls.intervals)}

The SDs of A have wider intervals since these studies were drawn: see [SDs](#sds). Contrasts of C with wordings 80 %, presentations
60 % and 85 % and 8 prompts, drawn again 2,000 to 6,000 each, are held in .947, .942, .953 and .946.

The mean's change of B with wordings 60 % is of 200 draws that lie far off: 1,500 of the same stream hold the truth in .951.

"share" is the share of prompts under which the second checkpoint scores higher, "reversal" the chance that two prompts
order the two checkpoints differently, "quantiles" are the five over prompts; those that are withheld are not counted. Shares that lie farthest
off were drawn again without the rest of the path, 600 each: B with wordings 60 % held the truth in .952, C with an SD doubled on 300 rows
in .937, with one trebled in .970; reversals in the same.

## Means

The interval of a mean and of its change for new wordings and rows, drawn without the rest of the path. The last two columns are the
studies whose interval of the change lies above and below the truth.

${table([...head, "mean before", "mean after", "mean change", "above", "below"], means)}

## SDs

The SD between wordings, the contrast of two presentations and the SD over these presentations of one checkpoint, drawn without the rest of
the path. Each study has two checkpoints, so that the standard error of .95 is .005. The last two columns are the checkpoints whose interval
of the SD over these presentations, in score units, lies above and below the truth.

${table([...head, ...SDS_FIGURES], sds)}

## Power

${table([...head, ...TESTS], power.tests)}

${table([...head, ...INTERVALS, "given"], power.intervals)}

The mean's change of C with an SD doubled on 300 rows and with one trebled is of draws that lie far off as well: 1,500 of the same stream
hold the truth in .949 and .945.

## Trends along a training run

24 wordings at every checkpoint; neighbouring checkpoints share rows, prompts and most of their wobble. Share of runs in which
p is at most .05, and coverage of the interval of the slope of the level, which is for new wordings and rows with the
checkpoints as they are. Trends are those of \`analyze\`, drawn without the rest of the path. A share of .05 has a standard error of .011 in 400
runs, .024 in 80; one of .95 likewise. No test tells a random walk from a trend: the words beside a trend say so.

${table(["world", "checkpoints", "rows", "runs", "p level", "p SD", "coverage, slope"], trends)}

## Several tasks together

Tasks are drawn from twelve, which differ in mean and SD; design C, 24 x 100. Shares of p at most .05, and coverage of the
ratio of SDs and of the mean change over the twelve. The means rise by .1 on average, so "p mean" is power. Tasks that share
their wordings, in fewer than three groups, are not pooled: the last world hides it behind other names, and shows why. The mean over 18 tasks,
drawn again 400 times without the rest of the path, is held in .930.

${table(["world", "tasks", "studies", ...POOL_FIGURES], pools)}

## Tasks that share their prompts

The change of the variance between these prompts over tasks like these, each task counted once; 24 prompts x 100 rows a task. Half of what a
prompt does is the same on all tasks. Share of p at most .05, coverage of the mean over tasks for these prompts, and of the true change on
one more task; where there are two strata, the same of their difference, the other figures being of the first.

${table(["world", "tasks", "studies", ...TASKS_FIGURES], overTasks)}

## Seeds

Arms of several SFT seeds, design C, 24 x 100. A fifth of what wordings and rows do after SFT is the seed's own; in worlds whose
seeds differ so do their levels and SDs. Shares of p at most .05 and coverage, for new seeds, wordings and rows. The means over seeds are
as before SFT, but for the last two worlds.

${table(["world", "seeds", "studies", ...SEED_FIGURES], seeds)}

## Drawn texts

Texts that are right with probability .5 + prompt + row + interaction, uniform effects: the mean of each component's estimate beside
the truth, and the share of the intervals of the texts' variance and of the interaction that hold it.

${table(["world", "prompts x rows x texts", "studies", ...DRAWN_COMPONENTS, "interval of texts", "interval of interaction"], drawn)}
`;
if (only === "") writeFileSync(new URL("../../docs/statistics-tables.md", import.meta.url), text);
else console.log(text);
