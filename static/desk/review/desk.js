// The review desk with scripts: the next row is fetched while this one is read, so that it stands there as soon as this one is decided.
// Without them every button is a plain form and every link a page.
import { inserted, make, on } from "../dom.js";
import "./keys.js";
import "./marks.js";
import "./picture.js";

const KEEP_EVERY = 4 * 60 * 1000; // ms; a claim lasts ten minutes
const IDLE = 10 * 60 * 1000;
const SHEET = /^\/admin\/review\/\w+\/\d+$/;
const root = () => document.querySelector("[data-review]");
const busy = (page, is) => {
  const main = page.querySelector("main");
  if (is) main.setAttribute("aria-busy", "true");
  else main.removeAttribute("aria-busy");
};
let ahead = null; // the row after this one: { page, path, title }
let turn = Promise.resolve(); // decisions go one after the other, however fast the keys come
let active = Date.now();

// A post is answered with { to } when it leads somewhere, else with the page on which something has to be mended.
const ask = (url, options = {}) => fetch(url, { headers: { "X-Desk": "1" }, ...options });
const post = (url, body) => ask(url, { method: "POST", body });
const read = async (answer) => {
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  const page = found.querySelector("[data-review]");
  return page && { page: document.adoptNode(page), title: found.title }; // adopted, its picture begins to load
};
const fetched = async (path) => {
  const answer = await ask(path);
  const found = answer.ok ? await read(answer) : null;
  return found && { ...found, path };
};

const show = ({ page, path, title }) => {
  root().replaceWith(page);
  document.title = title;
  history.replaceState(history.state, "", path); // the way back leads out; K goes to the row before
  inserted(page);
  if (!page.querySelector("[data-focus]")) page.querySelector("main").focus({ preventScroll: true });
  scrollTo(0, 0);
};

// What is told about the sitting comes from the answer; the rest has stood here since before.
const refresh = (page, fresh) => {
  const now = fresh.querySelectorAll("[data-live]");
  page.querySelectorAll("[data-live]").forEach((part, place) => part.replaceWith(now[place]));
};

const fail = () => {
  const note = make("div", { class: "note note-danger", role: "alert" });
  note.textContent = root().dataset.sayLost;
  root().querySelector(".rv-read").prepend(note);
  note.scrollIntoView({ block: "nearest" });
};

// Follows an answer; `shown` is the row that stands here already because it was expected.
const follow = async (answer, path, shown) => {
  if (!answer.headers.get("Content-Type")?.includes("json")) {
    const found = await read(answer);
    return found ? show({ ...found, path }) : location.assign(answer.url);
  }
  const { to } = await answer.json();
  const found = SHEET.test(to.split("?")[0]) ? await fetched(to) : null;
  if (!found) return location.assign(to);
  if (shown && shown.path === to) refresh(shown.page, found.page);
  else show(found);
};

// Whether the server will very likely do it: then the next row is shown at once.
const isSure = (button) => {
  if (button?.name !== "move" || button.dataset.stays || button.closest("[data-danger]")) return false;
  const opinion = button.dataset.send && root().querySelector("[data-opinion]");
  return !opinion || opinion.value.trim().length >= Number(opinion.dataset.least);
};

const go = (form, button) => {
  const [body, from, path] = [new FormData(form, button), root(), location.pathname + location.search];
  const url = button?.getAttribute("formaction") || form.getAttribute("action");
  if (form.id === "decide") body.set("composed", "1");
  const shown = isSure(button) ? ahead : null;
  ahead = null;
  if (shown) show(shown);
  busy(root(), true);
  turn = turn
    .then(async () => follow(await post(url, body), path, shown))
    .catch(() => {
      if (shown) show({ page: from, path, title: document.title });
      fail();
    })
    .finally(arrive);
};

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("[data-review] form[data-go]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  go(form, event.submitter);
});

// A row that is looked at is claimed; the one after it too, and its picture is loaded.
const own = (more = {}) => new URLSearchParams({ csrf_token: root().querySelector("input[name=csrf_token]").value, ...more });
const hold = async () => {
  const page = root();
  if (!page.dataset.holdUrl) return;
  const answer = await post(page.dataset.holdUrl, own());
  if (!answer.ok || page !== root()) return;
  const { said } = await answer.json();
  const note = page.querySelector("[data-holder]");
  note.hidden = !said;
  note.querySelector(".note-text").textContent = said;
};
const fetchAhead = async () => {
  const page = root();
  if (!page.dataset.holdUrl) return;
  const form = page.querySelector("[data-steps]");
  const answer = await post(form.action, own({ from: page.dataset.row, way: "ahead" }));
  if (!answer.ok || answer.status === 204) return;
  const found = await fetched((await answer.json()).to);
  if (page === root()) ahead = found;
};
const quietly = () => {}; // what only saves time may fail: the decision itself tells what is wrong
const arrive = () => {
  if (!root()) return;
  busy(root(), false);
  hold().then(fetchAhead).catch(quietly);
};

for (const type of ["keydown", "pointerdown"]) addEventListener(type, () => (active = Date.now()), true);
setInterval(() => document.visibilityState === "visible" && Date.now() - active < IDLE && root() && hold().catch(quietly), KEEP_EVERY);
addEventListener("pagehide", () => {
  const form = root()?.querySelector("[data-leave]");
  if (form) navigator.sendBeacon(form.action, new FormData(form));
});
on("click", "[data-help-open]", () => root().querySelector("[data-help]").showModal());
arrive();
