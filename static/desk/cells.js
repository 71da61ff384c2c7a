// A cell edited where it stands: double click, or F2 and Enter on it. The server hands out the form's own input with the value of this
// moment and decides everything again; Escape leaves the cell as it was.
import { all, make, on, onInsert } from "./dom.js";

const table = () => document.querySelector("[data-rows][data-cells]");
const told = make("div", { class: "sr", role: "status" });
document.body.append(told);

const heading = (cell) => cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
const isEditable = (cell) => cell?.closest("[data-cells] tbody") && "edit" in (heading(cell)?.dataset ?? {});
const editable = (row) => [...row.cells].filter(isEditable);
const numberOf = (row) => row.querySelector("input[name=rowid]")?.value ?? /^\d+/.exec(row.querySelector("th a")?.getAttribute("href") ?? "")?.[0];

function stand(cell) {
  all("[data-cells] tbody [tabindex]").forEach((other) => other.matches("td, th") && other.removeAttribute("tabindex"));
  cell.tabIndex = -1;
  cell.focus({ preventScroll: false });
}

class Editor {
  constructor(cell) {
    this.cell = cell;
    this.before = [...cell.childNodes];
    this.address = new URL(`${numberOf(cell.closest("tr"))}/cell`, location.href);
    this.key = heading(cell).dataset.key;
  }

  async open() {
    const address = new URL(this.address);
    address.searchParams.set("key", this.key);
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return say(table().dataset.sayFailed, this.cell);
    const { html, version, label } = await answer.json();
    if (!this.cell.isConnected || this.cell.querySelector("form")) return;
    this.version = version;
    this.draw(html, label);
  }

  draw(html, label) {
    this.form = make("form", { class: "cell-form" });
    this.form.innerHTML = html;
    this.input = this.form.querySelector("input, select, textarea");
    this.input.setAttribute("aria-label", label);
    const save = make("button", { class: "btn btn-primary", type: "submit" });
    const cancel = make("button", { class: "btn", type: "button" });
    save.textContent = table().dataset.saySave;
    cancel.textContent = table().dataset.sayCancel;
    cancel.addEventListener("click", () => this.close());
    this.error = make("div", { class: "field-errors", role: "alert", id: "cell-error" });
    this.form.append(save, cancel, this.error);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.form.addEventListener("keydown", (event) => this.keydown(event));
    this.form.addEventListener("dblclick", (event) => event.stopPropagation());
    this.cell.replaceChildren(this.form);
    this.cell.classList.add("is-edited");
    this.input.focus();
    this.input.select?.();
  }

  keydown(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && event.target === this.input && (!this.input.matches("textarea") || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.save();
    }
  }

  async save() {
    if (this.saving) return;
    this.saving = true;
    const body = new URLSearchParams({ key: this.key, version: this.version, csrf_token: document.querySelector("input[name=csrf_token]").value });
    if (this.input.type !== "checkbox" || this.input.checked) body.set(this.input.name, this.input.value);
    const answer = await fetch(this.address, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    const isJson = answer?.headers.get("Content-Type")?.startsWith("application/json");
    const found = isJson ? await answer.json() : { said: table()?.dataset.sayFailed };
    this.saving = false;
    if (answer?.ok && isJson) this.close(found);
    else this.refuse(found);
  }

  refuse({ said, version }) {
    if (version !== undefined) this.version = version;
    this.error.textContent = said;
    this.input.setAttribute("aria-invalid", "true");
    this.input.setAttribute("aria-describedby", this.error.id);
    this.input.classList.add("is-invalid");
    this.input.focus();
  }

  close(found) {
    if (found) this.cell.innerHTML = this.link(found.html);
    else this.cell.replaceChildren(...this.before);
    this.cell.classList.remove("is-edited");
    if (found) say(found.said, this.cell);
    stand(this.cell);
  }

  // What names the row stays a link to it.
  link(html) {
    const old = this.before.find((node) => node.matches?.("a[href]"));
    if (!old) return html;
    const link = old.cloneNode(false);
    link.innerHTML = html;
    return link.outerHTML;
  }
}

function say(sentence, cell) {
  told.textContent = sentence;
  cell.classList.add("is-told");
  setTimeout(() => cell.classList.remove("is-told"), 1500);
}

on("dblclick", "[data-cells] tbody td, [data-cells] tbody th", (cell) => isEditable(cell) && !cell.querySelector("form") && new Editor(cell).open());
on("click", "[data-cells] tbody td, [data-cells] tbody th", (cell, event) => {
  if (isEditable(cell) && !event.target.closest("a, button, input, select, textarea, form")) stand(cell);
});
document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-cells] tbody tr");
  if (!row || event.target.closest("form, select, textarea") || event.ctrlKey || event.altKey || event.metaKey) return;
  const cells = editable(row);
  const own = event.target.closest("td, th");
  const at = cells.indexOf(own);
  if (event.key === "F2" && cells.length) {
    event.preventDefault();
    if (event.target === own && at >= 0) new Editor(own).open();
    else stand(at > 0 ? own : cells[0]);
  } else if (event.target !== own || at < 0) {
    return;
  } else if (event.key === "Enter") {
    event.preventDefault();
    new Editor(own).open();
  } else {
    const rows = all("[data-cells] tbody tr");
    const to = {
      ArrowRight: cells[at + 1], ArrowLeft: cells[at - 1],
      ArrowDown: rows[rows.indexOf(row) + 1]?.cells[own.cellIndex], ArrowUp: rows[rows.indexOf(row) - 1]?.cells[own.cellIndex],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    stand(to);
  }
});
// The heading tells that its cells may be edited.
onInsert((root) => all("[data-cells] th[data-edit]", root).forEach((head) => {
  const table = head.closest("[data-cells]");
  head.title = [head.title, table.dataset.cells].filter(Boolean).join("；");
}));
