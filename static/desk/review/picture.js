// The picture: closer, further, turned, moved; by buttons, keys, wheel (with Ctrl), mouse and fingers.
import { on, onInsert } from "../dom.js";

const [LEAST, MOST, STEP, PAN] = [0.25, 8, 1.25, 60];
const views = new WeakMap();
const clamp = (value) => Math.min(MOST, Math.max(LEAST, value));

const paint = (stage) => {
  const { image, scale, turn, x, y } = views.get(stage);
  image.style.transform = `translate(${x}px, ${y}px) rotate(${turn}deg) scale(${scale})`;
  const told = stage.closest("[data-review]").querySelector("[data-scale]");
  if (told) told.textContent = `${Math.round(scale * 100)}%`;
};

// Turned by a quarter the picture's sides change places: fit what it takes up now.
const fitted = ({ image, turn }, stage) => {
  if (turn % 180 === 0 || !image.offsetWidth) return 1;
  return Math.min(stage.clientWidth / image.offsetHeight, stage.clientHeight / image.offsetWidth);
};

const ACTS = {
  in: (view) => (view.scale = clamp(view.scale * STEP)),
  out: (view) => (view.scale = clamp(view.scale / STEP)),
  fit: (view, stage) => Object.assign(view, { scale: fitted(view, stage), x: 0, y: 0 }),
  full: (view, stage) => {
    const natural = clamp(view.image.naturalWidth / (view.image.offsetWidth || 1));
    Object.assign(view, { scale: Math.abs(view.scale - natural) < 0.01 ? fitted(view, stage) : natural, x: 0, y: 0 });
  },
  left: (view, stage) => Object.assign(view, { turn: view.turn - 90, x: 0, y: 0 }) && (view.scale = fitted(view, stage)),
  right: (view, stage) => Object.assign(view, { turn: view.turn + 90, x: 0, y: 0 }) && (view.scale = fitted(view, stage)),
};

const act = (stage, name) => {
  if (!stage || !views.has(stage)) return;
  ACTS[name](views.get(stage), stage);
  paint(stage);
};

const prepare = (stage) => {
  const image = stage.querySelector("[data-picture]");
  if (!image || views.has(stage)) return;
  const view = { image, scale: 1, turn: 0, x: 0, y: 0 };
  views.set(stage, view);
  const broken = () => {
    image.hidden = true;
    stage.querySelector(".rv-none").hidden = false;
  };
  image.addEventListener("error", broken);
  if (image.complete && !image.naturalWidth) broken();
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    act(stage, event.deltaY < 0 ? "in" : "out");
  }, { passive: false });
  stage.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    Object.assign(view, { x: view.x + way[0] * PAN, y: view.y + way[1] * PAN });
    paint(stage);
  });
  drag(stage, view);
};

// One finger or the mouse moves the picture, two fingers make it larger.
const drag = (stage, view) => {
  const held = new Map();
  const apart = () => {
    const [a, b] = [...held.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    held.set(event.pointerId, event);
    stage.setPointerCapture(event.pointerId);
    stage.classList.add("is-held");
  });
  stage.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before) return;
    const was = held.size === 2 ? apart() : 0;
    held.set(event.pointerId, event);
    if (was) view.scale = clamp((view.scale * apart()) / was);
    else Object.assign(view, { x: view.x + event.clientX - before.clientX, y: view.y + event.clientY - before.clientY });
    paint(stage);
  });
  for (const type of ["pointerup", "pointercancel"])
    stage.addEventListener(type, (event) => {
      held.delete(event.pointerId);
      stage.classList.toggle("is-held", held.size > 0);
    });
};

onInsert((root) => root.querySelectorAll("[data-stage]").forEach(prepare));
on("click", "[data-review] [data-view]", (button) => act(button.closest("[data-review]").querySelector("[data-stage]"), button.dataset.view));
on("click", "[data-review] [data-picture-url]", (link, event) => {
  const page = link.closest("[data-review]");
  const [stage, image] = [page.querySelector("[data-stage]"), page.querySelector("[data-picture]")];
  event.preventDefault();
  page.querySelectorAll("[data-picture-url]").forEach((other) => other.toggleAttribute("aria-current", false));
  link.setAttribute("aria-current", "true");
  image.hidden = false;
  stage.querySelector(".rv-none").hidden = true;
  image.src = link.href;
  act(stage, "fit");
});
