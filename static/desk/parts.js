// The page in parts: a link or form within [data-part] changes the middle of the page and leaves its frame standing. The server
// answers such a request (X-Part) with the same page without its head, its bar on top and a menu that is the same; where that led elsewhere, X-Address says to where
// (admin_views/following.py). Whatever it answers is shown: an error page and the door, too.
import { all, inserted, make, on, say } from "./dom.js";
import { hasLeft, mayLeave, release } from "./forms.js";

const page = document.documentElement;
const SLOW = 200; // milliseconds after which a waiting reader is told
const FRESH = ["#menu", "#bell", "#languages"]; // what of the frame may differ after an answer
const said = make("div", { class: "sr", role: "status" });
const progress = make("div", { class: "progress-line", hidden: "" });
document.body.append(said, progress);

let here = location.pathname + location.search;
let under = null; // the request under way
const box = () => document.querySelector(".list-box, .table-box");
const place = () => ({ y: scrollY, top: box()?.scrollTop ?? 0, left: box()?.scrollLeft ?? 0 });
const places = new Map(); // where the reader stood at each entry of this document's history, by its number
let entry = history.state?.entry ?? Date.now();
history.scrollRestoration = "manual";
history.replaceState({ entry }, "");

function waits(waiting) {
  clearTimeout(waits.timer);
  const tell = () => {
    progress.hidden = !waiting;
    document.getElementById("content")?.setAttribute("aria-busy", String(waiting));
    if (waiting) said.textContent = say.sayWait;
  };
  if (waiting) waits.timer = setTimeout(tell, SLOW);
  else tell();
}

// Where the reader was: the same element by its id; then the new page's first error; else the middle, so that reading goes on there.
function focusAgain(id) {
  const again = id && document.getElementById(id);
  if (document.activeElement?.matches("[data-focus]")) return;
  if (again) again.focus({ preventScroll: true });
  else document.getElementById("content")?.focus({ preventScroll: true });
}

function swap(answer) {
  const [old, fresh] = [document, answer].map((side) => side.querySelector(".desk, .door"));
  if (!fresh) return false;
  const framed = old.matches(".desk") && fresh.matches(".desk");
  for (const part of framed ? FRESH : []) {
    const [before, after] = [old, fresh].map((side) => side.querySelector(part));
    if (!before || !after || before.isEqualNode(after)) continue; // a menu that stands already is not sent again
    const { scrollTop } = before;
    before.replaceWith(after);
    after.scrollTop = scrollTop;
  }
  if (framed) {
    old.querySelector("#content").replaceWith(fresh.querySelector("#content"));
    old.dataset.menu = fresh.dataset.menu;
  } else {
    old.replaceWith(fresh);
  }
  document.title = answer.title;
  hasLeft();
  inserted(document.querySelector(framed ? "#content" : ".desk, .door"));
  return true;
}

// An answer that is no page: a file is kept, anything else is said.
async function keep(answer) {
  const name = /filename\*=UTF-8''([^;]+)/i.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
  if (!name) return complain(answer.headers.get("Content-Type")?.startsWith("text/plain") ? await answer.text() : say.sayLost);
  const address = URL.createObjectURL(await answer.blob());
  make("a", { href: address, download: decodeURIComponent(name) }).click();
  URL.revokeObjectURL(address);
}

function complain(sentence) {
  const note = make("div", { class: "note note-danger", role: "alert" });
  note.append(make("div", { class: "note-text" }));
  note.firstChild.textContent = sentence;
  all(".is-lost").forEach((older) => older.remove());
  note.classList.add("is-lost");
  document.getElementById("content").prepend(note);
}

// Other scripts or another language than this frame's: the whole page is loaded anew.
const isOther = (answered) => answered.dataset.version !== page.dataset.version || answered.lang !== page.lang;

// What of the frame stands already: the mark of its menu, or nothing of it.
const standing = () => document.querySelector(".desk")?.dataset.menu ?? "whole";

// Where an answer came from; one to a form that leads nowhere stands at the address of the form's page.
function arrived(answer, method) {
  const led = answer.headers.get("X-Address");
  if (led) return new URL(led, answer.url);
  return method === "GET" || answer.redirected ? new URL(answer.url) : location;
}

// Ask for a page and show it. `came` is the state of the entry to which the reader went back; a link or form makes a new one.
export async function visit(address, { method = "GET", body, came } = {}) {
  if (under?.method === "POST" || !mayLeave()) return;
  under?.abort();
  const mine = (under = Object.assign(new AbortController(), { method }));
  const focused = document.activeElement?.id;
  const left = place();
  waits(true);
  try {
    const answer = await fetch(address, { method, body, signal: mine.signal, headers: { "X-Part": standing(), Accept: "text/html" } });
    if (!answer.headers.get("Content-Type")?.startsWith("text/html")) return await keep(answer);
    const html = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== under) return;
    const goes = arrived(answer, method);
    if ((isOther(html.documentElement) && goes !== location) || !swap(html)) return location.assign(goes.href);
    settle(goes, left, came, focused);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (came) location.reload();
    else complain(say.sayLost);
  } finally {
    if (mine === under) {
      under = null;
      waits(false);
      release();
    }
  }
}

function settle(goes, left, came, focused) {
  const same = goes.pathname === here.split("?")[0];
  const next = goes.pathname + goes.search;
  places.set(entry, left);
  const to = places.get(came?.entry) ?? { left: same ? left.left : 0 };
  scrollTo(0, to.y ?? 0);
  box()?.scrollTo(to.left, to.top ?? 0);
  entry = came?.entry ?? (next === here ? entry : Date.now());
  history[came || next === here ? "replaceState" : "pushState"]({ entry }, "", goes.href);
  here = next;
  focusAgain(focused);
  said.textContent = [document.title, document.querySelector(".pager-where")?.textContent ?? ""].join(" ").replace(/\s+/g, " ");
}

on("click", "[data-part] a[href], a[data-part]", (link, event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  if (link.closest("#menu") && location.hash) location.replace("#content"); // on a phone the menu lies above the page
  visit(link.href);
});
on("submit", "form", (form, event) => {
  if (event.defaultPrevented || !form.closest("[data-part]")) return;
  const by = event.submitter;
  const method = (by?.getAttribute("formmethod") ?? form.getAttribute("method") ?? "get").toUpperCase();
  const address = new URL(by?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href, location.href);
  const data = new FormData(form);
  if (by?.name) data.append(by.name, by.value);
  event.preventDefault();
  if (method !== "GET") return visit(address, { method, body: form.enctype === "multipart/form-data" ? data : new URLSearchParams(data) });
  address.search = new URLSearchParams(data);
  visit(address);
});
addEventListener("popstate", (event) => {
  if (location.pathname + location.search !== here) visit(location.href, { came: event.state ?? {} });
});
