/**
 * Defines the axis of chat layouts, which --chat-template sets. A checkpoint's own template decides what can be had.
 */

import { chatLayoutName } from "../chat.js";
import type { Axis } from "./axis.js";

export const chat: Axis = {
  name: "chat",
  description: "plain text (off), or turns or a single turn in the checkpoint's chat template: see --chat-template",
  recorded: ({ content }) => (content.chat === undefined ? "off" : chatLayoutName(content.chat)),
};
