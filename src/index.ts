/**
 * Opens the library: evaluate checkpoints under many prompts, read what was stored, and say what it means. Everything
 * here is described in docs/library.md. Nothing is printed, the process is not ended, and no signal is listened to.
 *
 * @packageDocumentation
 */

export { evaluate, type EvaluateOptions, type EvaluateResult } from "./library/evaluate.js";
export type { EvaluateEvent } from "./library/evaluate-events.js";
export {
  openResults,
  type CellFilter,
  type ResultPrompt,
  type ResultRow,
  type StoredResults,
} from "./library/open-results.js";
export { analyze, type AnalysisSource, type AnalyzeOptions } from "./library/analyze.js";
export { plan, type PlanOptions } from "./library/plan.js";
export { renderReport, type Rendered, type ReportOptions } from "./library/render-report.js";
export { openEngine, type EngineOptions, type OpenEngine } from "./library/open-engine.js";
export { sft, type SftEvent, type SftOptions } from "./library/sft.js";

export { defineTask } from "./tasks/contract.js";
export type { Answer, Example, Fields, PluginDataset, TaskDefinition } from "./tasks/contract.js";
export { defineMetric } from "./metrics/define.js";
export type { MetricDefinition, ScoredRow } from "./metrics/define.js";
export type { Extraction } from "./metrics/extract.js";
export type { AnswerKind } from "./metrics/metric.js";
export { defineFamily } from "./tasks/families/family.js";
export type { FamilyDefinition, FamilyField } from "./tasks/families/family.js";
export { defineImporter } from "./importers/define.js";
export type { ImporterDefinition, ImportFile, ImportSink } from "./importers/define.js";
export type { ImportOptions } from "./importers/importer.js";
export type { CheckpointFacts, ImportedRow, PromptFacts, TaskFacts } from "./importers/rows.js";
export { answerList, keyIndex } from "./tasks/helpers.js";
export type { Columns, ColumnType, HubSource, Row } from "./datasets/index.js";

export { InterruptedError, UsageError, UserError } from "./base/errors.js";
export type { Encoded, GenerateRequest, GenerateResult, Progress, ScoreRequest, ScoreResult } from "./engine/types.js";
export type { CellRecord, Results } from "./store/results.js";
export type { Analysis } from "./analysis/document/document.js";
export type { StudyPlan } from "./analysis/planning/plan-document.js";
export type { ReportFile } from "./reports/report-files.js";
export type { SftRecord } from "./sft/index.js";
