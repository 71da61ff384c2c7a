import { all, on, onInsert } from "./dom.js";

// Filter panel: a row appears when its field is chosen, and carries its operation's parameter name on its inputs.
const filterInputs = (row) => all(".filter-value input, .filter-value select", row).filter((input) => !input.matches("[role=combobox]"));
const showFilter = (row, shown) => {
  row.hidden = !shown;
  if (!shown) filterInputs(row).forEach((input) => (input.type === "checkbox" || input.type === "radio" ? (input.checked = false) : (input.value = "")));
};
const preparePanel = (panel) => {
  const rows = all("[data-filter]", panel);
  const few = rows.length <= 6;
  panel.querySelector(".filter-add").hidden = few;
  rows.forEach((row, place) => showFilter(row, few || place < 4));
};
onInsert((root) => all("[data-filters]", root).forEach(preparePanel));
on("change", "[data-filter-add]", (select) => {
  const row = select.form.querySelector(`[data-filter="${CSS.escape(select.value)}"]`);
  select.value = "";
  if (!row) return;
  select.closest(".filter-add").before(row);
  showFilter(row, true);
  row.querySelector(".filter-value input:not([type=hidden]), .filter-value select").focus();
});
on("click", "[data-filter-remove]", (button) => showFilter(button.closest("[data-filter]"), false));
on("change", "[data-filter-op]", (select) => filterInputs(select.closest("[data-filter]")).forEach((input) => (input.name = select.value)));
// Empty parameters stay out of the address.
on("submit", "form[method=get]", (form) => {
  const empty = [...form.elements].filter((input) => input.name && !input.value && !input.disabled);
  empty.forEach((input) => (input.disabled = true));
  setTimeout(() => empty.forEach((input) => (input.disabled = false)));
});
