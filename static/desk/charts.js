// The charts of the start page, drawn from the tables beside them: what is read aloud and what is seen are the same numbers.
// The library comes when the first canvas does; until then, and without it, the tables tell all.
import { all, on, onInsert } from "./dom.js";

const page = document.documentElement;
const token = (name) => getComputedStyle(page).getPropertyValue(name).trim();
const number = (cell) => Number.parseFloat(cell.textContent.replaceAll(",", ""));
const YEAR = /^\d{4}-(?=\d\d-\d\d$)/;
const ROW = 34; // pixels that a row's bars take
const SHAPES = ["circle", "rect", "triangle"];
const DASHES = [[], [6, 3], [2, 2]];

function read(canvas) {
  const table = canvas.closest(".panel").querySelector("table");
  const rows = all("tbody tr", table).map((row) => [...row.cells]);
  const heads = [...table.tHead.lastElementChild.cells].map((head) => head.textContent.trim());
  const places = canvas.dataset.drawn.split(",").map(Number);
  return { labels: rows.map((row) => row[0].textContent.trim().replace(YEAR, "")), rows, heads, places };
}

// Series differ by colour and by shape, so that nobody needs to tell the colours apart.
function series({ rows, heads, places }) {
  return places.map((place, index) => {
    const colour = token(`--chart-${index + 1}`);
    return {
      label: heads[place], data: rows.map((row) => number(row[place])), borderColor: colour, backgroundColor: colour, borderWidth: 2,
      borderDash: DASHES[index], pointStyle: SHAPES[index], pointRadius: 3, tension: 0.2, maxBarThickness: 14,
    };
  });
}

function scales(bars) {
  const axis = { grid: { color: token("--chart-grid") }, ticks: { color: token("--tblr-secondary") }, beginAtZero: true };
  if (!bars) return { x: axis, y: { ...axis, ticks: { ...axis.ticks, precision: 0 } } };
  const share = { ...axis.ticks, callback: (value) => `${value}%` };
  return { x: { ...axis, max: 100, ticks: share }, y: { ...axis, grid: { display: false }, ticks: { ...axis.ticks, autoSkip: false } } };
}

const library = ({ dataset }) => import(dataset.library);

async function draw(canvas) {
  const { Chart } = await library(canvas);
  if (!canvas.isConnected) return;
  const found = read(canvas);
  const bars = canvas.dataset.chart === "bar";
  if (bars) canvas.parentElement.style.height = `${found.rows.length * ROW + 70}px`;
  Chart.getChart(canvas)?.destroy();
  new Chart(canvas, {
    type: canvas.dataset.chart,
    data: { labels: found.labels, datasets: series(found) },
    options: {
      indexAxis: bars ? "y" : "x", maintainAspectRatio: false, animation: false,
      interaction: { mode: "index", axis: bars ? "y" : "x", intersect: false }, scales: scales(bars), font: { family: token("--tblr-font-sans-serif") },
      plugins: { legend: { labels: { color: token("--tblr-body-color"), usePointStyle: !bars, boxHeight: 8 } } },
      onClick: (event, [hit], chart) => {
        const [near] = chart.getElementsAtEventForMode(event, "nearest", { intersect: true }, true);
        if (hit && near) found.rows[near.index][found.places[near.datasetIndex]].querySelector("a")?.click();
      },
    },
  });
}

// The picture carries title, day and ground: it is read away from the page.
function picture(canvas) {
  const title = canvas.closest(".panel").querySelector("h2").textContent;
  const head = 44 * devicePixelRatio;
  const paper = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height + head });
  const pen = paper.getContext("2d");
  pen.fillStyle = token("--tblr-bg-surface");
  pen.fillRect(0, 0, paper.width, paper.height);
  pen.fillStyle = token("--tblr-body-color");
  pen.font = `600 ${16 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "middle";
  pen.fillText(`${title} · ${canvas.dataset.day}`, 12 * devicePixelRatio, head / 2);
  pen.drawImage(canvas, 0, head);
  paper.toBlob((blob) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${title}_${canvas.dataset.day}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

const drawAll = (root = document) => all("canvas[data-chart]", root).forEach(draw);
onInsert(drawAll);
new MutationObserver(() => drawAll()).observe(page, { attributeFilter: ["data-bs-theme"] });
on("click", "[data-save-chart]", (button) => picture(button.closest(".panel").querySelector("canvas")));
