// A job's page asks how far it is and moves the bar; when the job is over, the page is asked for once more.
import { all, onInsert } from "./dom.js";
import { visit } from "./parts.js";

const PAUSE = 1500; // milliseconds

async function look(card) {
  if (!card.isConnected) return;
  try {
    const answer = await fetch(card.dataset.job, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const job = await answer.json();
    if (job.over && card.isConnected) {
      visit(location.href);
      return;
    }
    show(card, job);
  } catch {
    // The network or the server is away for a moment: the job goes on, and so does the asking.
  }
  setTimeout(look, PAUSE, card);
}

function show(card, job) {
  const said = card.querySelector("[data-job-said]");
  if (said.textContent !== job.text) said.textContent = job.text;
  if (!job.done) return;
  const bar = card.querySelector("progress");
  bar.max = job.total;
  bar.value = job.done;
}

onInsert((root) => all("[data-job]", root).forEach((card) => setTimeout(look, PAUSE, card)));
