// The way back after a move: it goes after its seconds, which stand still while somebody points at it or has the focus in it.
import { all, onInsert } from "./dom.js";

const STEP = 250; // milliseconds

onInsert((root) => all("[data-toast]", root).forEach((toast) => {
  let left = Number(toast.dataset.toast);
  const timer = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    left -= STEP;
    if (left > 0 && toast.isConnected) return;
    clearInterval(timer);
    toast.remove();
  }, STEP);
}));
