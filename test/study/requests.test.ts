import { describe, expect, test } from "vitest";
import { cellRequests } from "../../src/study/requests.js";
import { prepareTaskRows, type TaskRows } from "../../src/study/task-rows.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { parseChatLayout } from "../../src/templates/chat.js";
import { answerText } from "../../src/templates/render.js";
import { templatesWith } from "../../src/templates/catalog.js";
import { selectVariants } from "../../src/templates/selection.js";
import { promptSpace } from "../../src/study/task-prompts.js";
import { withChat } from "../../src/templates/variant.js";
import { familyNamed, variantsOfFamily } from "../support/families.js";

async function rowsOf(name: string): Promise<TaskRows> {
  const [task] = builtinRegistry().select([name]);
  if (task === undefined) throw new Error(name);
  const rows = await prepareTaskRows(task, { kind: "sample" }, { numFewshot: 2, limit: 3, seed: 42 });
  if ("skipped" in rows) throw new Error(rows.skipped);
  return rows;
}

describe.each(["rte", "arc_easy", "xsum"])("requests of %s", (name) => {
  test("show the same rows as shots under every prompt, then the question", async () => {
    const rows = await rowsOf(name);
    const variants = variantsOfFamily(rows.task.family).slice(0, 3);
    for (const variant of variants) {
      const { requests } = cellRequests(rows, variant, "loglikelihood");
      expect(requests).toHaveLength(3);
      const [first] = requests;
      requests.forEach(({ segments }, i) => {
        expect(segments).toHaveLength(3);
        expect(segments.slice(0, 2)).toEqual(first?.segments.slice(0, 2));
        rows.shots.forEach(({ example }, shot) => {
          for (const text of Object.values(example.fields)) expect(segments[shot]).toContain(text);
          expect(segments[shot]).toMatch(/\n$/);
        });
        for (const text of Object.values(rows.items[i]?.example.fields ?? {})) expect(segments[2]).toContain(text);
        expect(segments[2]).toMatch(/ $/);
      });
    }
    expect(new Set(variants.map((variant) => JSON.stringify(cellRequests(rows, variant, "loglikelihood")))).size).toBe(
      3,
    );
  });
});

describe.each(["rte", "arc_easy", "xsum"])("in a chat template, requests of %s", (name) => {
  const requestsOf = async (layout: string) => {
    const rows = await rowsOf(name);
    const [variant] = variantsOfFamily(rows.task.family);
    if (variant === undefined) throw new Error(name);
    const asked = (chat: string) =>
      cellRequests(rows, withChat(variant, parseChatLayout(chat)), "loglikelihood").requests;
    return { rows, variant, plain: asked("off"), chat: asked(layout) };
  };

  test("as turns hold each shot's prompt and answer apart", async () => {
    const { rows, variant, plain, chat } = await requestsOf("turns:rag");
    chat.forEach((request, i) => {
      expect(request.chat?.template).toBe("rag");
      expect(request.segments).toHaveLength(3);
      request.segments.forEach((segment) => {
        expect(segment).toBe(segment.trimEnd());
      });
      expect(request.chat?.answers).toEqual(rows.shots.map(({ example }) => answerText(variant, rows.task, example)));
      const joined = request.segments.map((segment, at) => `${segment} ${request.chat?.answers?.[at] ?? ""}`);
      expect(joined.join("\n")).toBe(plain[i]?.segments.join(""));
    });
  });

  test("as a single turn are the plain text without its last space", async () => {
    const { plain, chat } = await requestsOf("single");
    chat.forEach((request, i) => {
      expect(request.chat).toEqual({ template: undefined, answers: undefined });
      expect(`${request.segments.join("")} `).toBe(plain[i]?.segments.join(""));
    });
  });

  test("ask otherwise the same", async () => {
    const { plain, chat } = await requestsOf("turns");
    const rest = (request: object) => ({ ...request, segments: undefined, chat: undefined });
    expect(chat.map(rest)).toEqual(plain.map(rest));
  });
});

describe("the answer mode", () => {
  const kindOf = async (name: string, mode: Parameters<typeof cellRequests>[2]) => {
    const rows = await rowsOf(name);
    const [variant] = variantsOfFamily(rows.task.family);
    if (variant === undefined) throw new Error(name);
    const asked = cellRequests(rows, variant, mode);
    const [request] = asked.requests;
    return request !== undefined && "continuations" in request
      ? [asked.kind, request.mode, request.continuations]
      : [asked.kind, request?.maxNewTokens, request?.stop];
  };

  test("says how classification is answered", async () => {
    const labels = ["entailment", "neutral"];
    expect(await kindOf("rte", "loglikelihood")).toEqual(["score", "sequence", labels]);
    expect(await kindOf("rte", "first-token")).toEqual(["score", "first-token", labels]);
    expect(await kindOf("rte", "generate")).toEqual(["generate", 5, ["\n"]]);
  });

  test("leaves the other kinds alone", async () => {
    for (const mode of ["loglikelihood", "first-token", "generate"] as const) {
      expect((await kindOf("arc_easy", mode)).slice(0, 2)).toEqual(["score", "sequence"]);
      expect(await kindOf("xsum", mode)).toEqual(["generate", 60, ["\n"]]);
    }
  });
});

describe("with --calibrate", () => {
  test("labels are scored under three inputs without content, after the rows and with their shots", async () => {
    const rows = await rowsOf("rte");
    const [variant] = variantsOfFamily(familyNamed("nli"));
    if (variant === undefined) throw new Error("no wording");
    const { requests, priors } = cellRequests(rows, variant, "first-token", true);
    expect(priors?.over).toBe("labels");
    expect(requests).toHaveLength(rows.items.length);
    const free = priors?.requests ?? [];
    expect(free).toHaveLength(3);
    expect(free.map(({ segments }) => segments.slice(0, 2))).toEqual(free.map(() => requests[0]?.segments.slice(0, 2)));
    expect(free[0]?.segments[2]).toContain("N/A");
    expect(free[2]?.segments[2]).toContain("[MASK]");
    for (const text of Object.values(rows.items[0]?.example.fields ?? {}))
      expect(free[0]?.segments[2]).not.toContain(text);
    expect(free.map(({ continuations }) => continuations)).toEqual(
      free.map(() => cellRequests(rows, variant, "first-token").answers[0]),
    );
  });

  test("a row's choices are scored once without their question, shown where they were", async () => {
    const rows = await rowsOf("arc_easy");
    const space = promptSpace(rows.task, templatesWith([]), { numFewshot: 2, answer: "loglikelihood" });
    const [variant] = selectVariants(space, ["default+choices=letter+choice-order=shuffled-1"]);
    if (variant === undefined) throw new Error("no variant");
    const { requests, priors } = cellRequests(rows, variant, "loglikelihood", true);
    expect(priors?.over).toBe("choices");
    expect(priors?.requests).toHaveLength(rows.items.length);
    rows.items.forEach(({ example }, i) => {
      const [asked, free] = [requests[i]?.segments[2] ?? "", priors?.requests[i]?.segments[2] ?? ""];
      expect(free).toBe(asked.replace(example.fields["question"] ?? "?", "N/A"));
    });
  });

  test("free text has no answers to score", async () => {
    const rows = await rowsOf("xsum");
    const [variant] = variantsOfFamily(familyNamed("summarization"));
    if (variant === undefined) throw new Error("no wording");
    expect(cellRequests(rows, variant, "loglikelihood", true)).toEqual(cellRequests(rows, variant, "loglikelihood"));
  });
});
