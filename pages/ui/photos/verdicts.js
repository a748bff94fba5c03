// The table of verdicts: a row for each net, which stays while its numbers change, so that the
// distance glides along its ruler.

const TALL = 40; // height of the hills in the drawing's own units
const places = new WeakMap();

export default function ({ parentElement, data }) {
  const body = parentElement.querySelector("tbody");
  if (!data.heading) body.querySelector(".heading")?.remove();
  let rows = places.get(parentElement);
  if (!rows) places.set(parentElement, (rows = new Map()));
  for (const [name, row] of rows) if (!data.rows.some((wanted) => wanted.name === name)) { row.remove(); rows.delete(name); }
  for (const wanted of data.rows) {
    if (!rows.has(wanted.name)) rows.set(wanted.name, made());
    const row = rows.get(wanted.name);
    if (data.heading?.before === wanted.name) body.append(headed(body, data.heading.text));
    body.append(row); // in the order of the data
    fill(row, wanted);
  }
}

function headed(body, text) {
  let heading = body.querySelector(".heading");
  if (!heading) {
    heading = document.createElement("tr");
    heading.className = "heading";
    heading.innerHTML = `<th scope="colgroup" colspan="5"></th>`;
  }
  heading.firstChild.textContent = text;
  return heading;
}

function made() {
  const row = document.createElement("tr");
  row.innerHTML = `<th scope="row" class="who"><b></b><small></small></th>
    <td class="gauge"><div class="ruler" aria-hidden="true"><svg preserveAspectRatio="none"><path class="different"/><path class="same"/></svg><hr><u></u><s><i></i></s></div><span class="hidden"></span></td>
    <td class="verdict"><b></b><small></small></td>
    <td class="errors" data-head="Errors at this threshold"><span></span><small></small></td>
    <td class="chance" data-head="Chance of one person"><span class="big"></span><small></small></td>`;
  return row;
}

function fill(row, data) {
  const put = (selector, text) => (row.querySelector(selector).textContent = text.replaceAll(" %", "\u00a0%"));
  row.className = data.verdict === "" ? "" : data.below ? "below" : "above";
  put(".who b", data.name);
  put(".who small", data.about);
  put(".gauge .hidden", data.spoken);
  put(".verdict b", data.verdict);
  put(".verdict small", data.place);
  put(".errors span", data.errors);
  put(".errors small", data.tested);
  put(".chance .big", data.chance);
  put(".chance small", data.base);
  const svg = row.querySelector("svg"), count = data.same.length;
  svg.setAttribute("viewBox", `0 0 ${Math.max(count, 1)} ${TALL}`);
  const highest = Math.max(...data.same, ...data.different, 1e-9);
  for (const kind of ["same", "different"]) svg.querySelector(`.${kind}`).setAttribute("d", hill(data[kind], highest));
  const threshold = row.querySelector("u");
  threshold.hidden = data.threshold === null;
  if (data.threshold !== null) {
    threshold.style.left = `${(100 * data.threshold) / data.reach}%`;
    threshold.dataset.at = data.threshold.toFixed(2);
  }
  row.querySelector("s").style.setProperty("--at", `${(100 * Math.min(data.distance / data.reach, 1)).toFixed(2)}%`);
  put("s i", data.distance.toFixed(2));
}

function hill(heights, highest) {
  if (!heights.length) return "";
  const points = heights.map((height, i) => `L${i + 0.5} ${(TALL * (1 - height / highest)).toFixed(2)}`);
  return `M0 ${TALL} ${points.join(" ")} L${heights.length} ${TALL} Z`;
}
