// A row's page is noted as opened, for the list of what was opened last. The note waits in this window: the palette tells it with its
// next question, and it is written once the window is hidden or left, so that no row costs a request of its own and nobody waits.
import { onInsert } from "./dom.js";

const MOST = 10; // the server keeps no more
const notes = new Set();
let address = "";

// What was opened here and is not written yet, the last one last.
export const notYetWritten = () => [...notes].map((note) => ["opened", note]);

onInsert((root) => {
  if (root !== document && root.matches(".door")) notes.clear(); // the next one who logs in is somebody else
  const seen = root.querySelector("[data-opened]");
  if (!seen) return;
  const note = `${seen.dataset.noun}:${seen.dataset.id}`;
  address = seen.dataset.opened;
  notes.delete(note);
  notes.add(note);
  if (notes.size > MOST) notes.delete(notes.values().next().value);
});
document.addEventListener("visibilitychange", () => {
  const token = document.querySelector("input[name=csrf_token]");
  if (document.visibilityState !== "hidden" || !notes.size || !token) return;
  if (navigator.sendBeacon(address, new URLSearchParams([["csrf_token", token.value], ...notYetWritten()]))) notes.clear();
});
