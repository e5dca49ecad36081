/** Lists the tasks that ship with amuro-eval, in the order of the experiment. */

import type { TaskDefinition } from "../contract.js";
import xsum from "./xsum.js";
import xlsum from "./xlsum.js";
import cnnDailymail from "./cnn_dailymail.js";
import socialiqa from "./socialiqa.js";
import sciq from "./sciq.js";
import tweetqa from "./tweetqa.js";
import mnliMatched from "./mnli_matched.js";
import mnliMismatched from "./mnli_mismatched.js";
import rte from "./rte.js";
import gpt3nli from "./gpt3nli.js";
import paws from "./paws.js";
import qqp from "./qqp.js";
import stsb from "./stsb.js";
import arcEasy from "./arc_easy.js";
import arcChallenge from "./arc_challenge.js";
import openbookqa from "./openbookqa.js";
import hellaswag from "./hellaswag.js";
import boolq from "./boolq.js";
import sciqMcq from "./sciq_mcq.js";

export const BUILTIN_TASKS: readonly TaskDefinition[] = [
  xsum,
  xlsum,
  cnnDailymail,
  socialiqa,
  sciq,
  tweetqa,
  mnliMatched,
  mnliMismatched,
  rte,
  gpt3nli,
  paws,
  qqp,
  stsb,
  arcEasy,
  arcChallenge,
  openbookqa,
  hellaswag,
  boolq,
  sciqMcq,
];
