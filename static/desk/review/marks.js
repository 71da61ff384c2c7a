// Marking a field wrong ticks its first sentence into the opinion, where it may be changed; unticking takes it out again.
import { all, on } from "../dom.js";

const JOINT = "；";
const opinion = () => document.querySelector("[data-review] [data-opinion]");
const parts = (text) => text.split(/[；\n]/).map((part) => part.trim()).filter(Boolean);

const put = (text, ticked) => {
  const field = opinion();
  if (!field) return;
  const others = parts(field.value).filter((part) => part !== text);
  field.value = [...others, ...(ticked ? [text] : [])].join(JOINT);
};

on("change", "[data-review] input[name=sentence]", (box) => put(box.value, box.checked));
document.addEventListener("toggle", (event) => {
  const mark = event.target;
  if (!mark.matches?.("[data-review] .rv-mark")) return;
  const boxes = all("input[name=sentence]", mark);
  if (mark.open && !boxes.some((box) => box.checked)) boxes[0].click();
  if (!mark.open) boxes.filter((box) => box.checked).forEach((box) => box.click());
}, true);

// A decision that needs words leads to them: the opinion first, then what has to be typed or picked.
on("click", "[data-review] [data-arm]", (link, event) => {
  event.preventDefault();
  const page = link.closest("[data-review]");
  const [name, field] = [link.dataset.arm, opinion()];
  const danger = page.querySelector(`[data-danger="${name}"]`);
  const pick = page.querySelector(`[data-arms="${name}"]`);
  if (danger) danger.open = true;
  const typed = danger?.querySelector("input, button");
  const target = pick ?? (field && (!danger || (!field.value && danger.querySelector("input"))) ? field : typed);
  if (field) field.dataset.armed = name;
  target?.scrollIntoView({ block: "center" });
  target?.focus();
});
