// The leaderboard's own behaviour: filters by word and by column.
"use strict";
{
  const area = byId("entries");
  const search = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-filter=entries]"));
  const selects = /** @type {NodeListOf<HTMLSelectElement>} */ (document.querySelectorAll("select[data-select]"));
  const count = document.querySelector("[data-count=entries]");
  const boards = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".board"));
  const apply = () => {
    if (!area) return;
    const wanted = [...selects].filter(({ value }) => value !== "");
    const { shown, of } = filterRows(area, search?.value ?? "", (row) =>
      wanted.every((select) => row.dataset[select.dataset["select"] ?? ""] === select.value),
    );
    if (count) count.textContent = shown === of ? "" : `${shown} of ${of} entries`;
    const task = wanted.find((select) => select.dataset["select"] === "task")?.value;
    for (const board of boards) board.hidden = task !== undefined && board.dataset["task"] !== task;
  };
  for (const select of selects) {
    select.disabled = false;
    select.addEventListener("change", apply);
  }
  search?.addEventListener("input", apply);
  apply();
}
