// Ctrl-K: find anything from anywhere. What is typed goes in a body, so that a number stands in no address; the answers are masked.
import { all, make, on } from "./dom.js";
import { visit } from "./parts.js";
import { notYetWritten } from "./recent.js";

const PAUSE = 200; // milliseconds without a key before asking
const HESITATES = 500; // milliseconds after which somebody who types nothing is offered what is at hand
const link = () => document.querySelector("[data-palette]");
const drawing = (name) => {
  const icon = document.querySelector("svg.icon").cloneNode(true);
  const use = icon.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
  return icon;
};

class Palette {
  constructor(words) {
    this.words = words;
    this.dialog = make("dialog", { class: "palette", "aria-label": words.say });
    this.list = make("div", { class: "palette-list", role: "listbox", id: "palette-list", "aria-label": words.say });
    const aria = { role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list", "aria-label": words.say };
    this.box = make("input", { class: "form-control", type: "text", autocomplete: "off", spellcheck: "false", maxlength: "100", placeholder: words.hint, ...aria });
    this.told = make("div", { class: "sr", role: "status" });
    this.dialog.append(this.box, this.list, this.told);
    document.body.append(this.dialog);
    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("mousemove", (event) => this.mark(event.target.closest("[role=option]")));
    this.dialog.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.go(option, event);
      else if (event.target === this.dialog) this.dialog.close();
    });
    this.dialog.addEventListener("close", () => {
      this.request?.abort();
      clearTimeout(this.timer);
    });
  }

  open() {
    if (this.dialog.open) return this.dialog.close();
    this.box.value = "";
    this.list.replaceChildren();
    this.dialog.showModal();
    this.box.focus();
    this.soon(HESITATES);
  }

  typed() {
    this.soon(PAUSE);
  }

  soon(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), pause);
  }

  async ask() {
    this.request?.abort();
    const mine = (this.request = new AbortController());
    const token = document.querySelector("input[name=csrf_token]").value;
    const body = new URLSearchParams([["text", this.box.value], ["csrf_token", token], ...notYetWritten()]);
    try {
      const answer = await fetch(link().href, { method: "POST", body, signal: mine.signal, headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      this.show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.show([], this.words.failed);
    }
  }

  show(groups, nothing = this.words.none) {
    let number = 0;
    const parts = groups.map(({ label, hits }) => {
      const group = make("div", { role: "group", "aria-label": label });
      const head = make("div", { class: "palette-head", "aria-hidden": "true" });
      head.textContent = label;
      group.append(head, ...hits.map((hit) => this.option(hit, number++)));
      return group;
    });
    if (!number) {
      parts.push(make("p", { class: "palette-none" }));
      parts[0].textContent = nothing;
    }
    this.list.replaceChildren(...parts);
    this.list.scrollTop = 0;
    this.told.textContent = number ? this.words.told.replace("{n}", number) : nothing;
    this.mark(this.list.querySelector("[role=option]"));
  }

  option({ title, note, url, icon, review }, number) {
    const option = make("div", { role: "option", id: `palette-${number}`, "aria-selected": "false", "data-url": url, "data-desk": review });
    const name = make("span", {});
    name.textContent = title;
    option.append(drawing(icon), name);
    if (note) option.append(make("small", {}));
    if (note) option.lastChild.textContent = note;
    if (review) option.append(make("kbd", {}));
    if (review) option.lastChild.textContent = this.words.atDesk;
    return option;
  }

  mark(option) {
    if (!option) return this.list.querySelector("[role=option]") ? undefined : this.box.removeAttribute("aria-activedescendant");
    all("[role=option]", this.list).forEach((one) => one.setAttribute("aria-selected", String(one === option)));
    this.box.setAttribute("aria-activedescendant", option.id);
  }

  key(event) {
    const options = all("[role=option]", this.list);
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (to !== undefined && options.length) {
      event.preventDefault();
      const option = options[(to + options.length) % options.length];
      this.mark(option);
      option.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && at >= 0 && !event.isComposing) {
      event.preventDefault();
      this.go(options[at], event);
    }
  }

  go(option, event) {
    const address = new URL(option.dataset.url, location.href).href;
    this.dialog.close();
    if (event.altKey && option.dataset.desk) location.assign(option.dataset.desk);
    else if (event.ctrlKey || event.metaKey) open(address);
    else visit(address);
  }
}

let palette = null;
const openPalette = () => (palette ??= new Palette(link().dataset)).open();
on("click", "[data-palette]", (button, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openPalette();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k" || !link()) return;
  event.preventDefault();
  openPalette();
});
