// The door: sends a picture from the camera, draws what the server says of it, sends the next one.
// As on the map, one `Door` per place lives on while Python hands it new data.

const WIDE = 480; // pixels across of a picture that is sent: enough for a face, some 25 kB
const PATIENCE = 6000; // ms without an answer after which the next picture is sent all the same
const PAUSE = 120; // ms between an answer and the next picture: the server is shared
const KEPT = 60; // verdicts on the strip
const NO_CAMERA = {
  NotAllowedError: "The camera was refused. Allow it in the browser (beside the address), or choose Single picture above.",
  NotFoundError: "No camera was found. Plug one in, or choose Single picture above.",
  NotReadableError: "Another program holds the camera. Close it, then try again.",
  https: "This browser gives the camera to pages with https only. Open the lab by https or on this computer as localhost, or choose Single picture above.",
};
const places = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let door = places.get(parentElement);
  if (!door) places.set(parentElement, (door = new Door(parentElement)));
  door.send = (turn, image) => setTriggerValue("frame", { turn, image });
  door.update(data);
  return () => setTimeout(() => door.root.isConnected || door.close());
}

class Door {
  constructor(place) {
    this.root = place.querySelector(".door");
    this.video = this.one("video");
    this.turn = this.last = 0; // pictures sent, and the last one that was answered
    this.verdicts = [];
    this.one(".go").onclick = () => (this.stream ? this.stop() : this.start());
    this.say("Press Start: nothing leaves your device before.");
    this.label();
    this.beside = besideControls(this.root, this.one(".view"));
  }

  one(selector) { return this.root.querySelector(selector); }
  say(hint) { this.one(".hint").textContent = hint; }
  label() { this.one(".go").textContent = this.stream ? "Stop the camera" : "Start the camera"; }

  async start() {
    if (!navigator.mediaDevices?.getUserMedia) return this.say(NO_CAMERA.https);
    this.say("Waiting for the camera …");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 640 } } });
    } catch (error) {
      return this.say(NO_CAMERA[error.name] ?? `The camera did not start (${error.name}). Choose Single picture above.`);
    }
    this.video.srcObject = this.stream;
    await this.video.play();
    this.say("");
    this.verdicts = [];
    this.began = performance.now();
    this.answered = 0;
    this.root.classList.add("live");
    this.label();
    this.next();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    clearTimeout(this.timer);
    this.root.classList.remove("live", "open", "shut");
    this.one(".marks").innerHTML = "";
    this.one(".pace").textContent = "";
    this.say("The camera is off.");
    this.label();
  }

  close() {
    this.beside.disconnect();
    this.stop();
  }

  next() {
    clearTimeout(this.timer);
    if (!this.stream) return;
    if (!document.hidden && this.video.videoWidth) {
      const canvas = (this.canvas ??= document.createElement("canvas"));
      canvas.width = WIDE;
      canvas.height = Math.round((WIDE * this.video.videoHeight) / this.video.videoWidth);
      canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
      this.send(++this.turn, canvas.toDataURL("image/jpeg", 0.85));
    }
    this.timer = setTimeout(() => this.next(), document.hidden ? 500 : PATIENCE);
  }

  update({ mode, turn, image, answer }) {
    this.root.classList.toggle("still", mode !== "live");
    if (mode !== "live") {
      if (this.stream) this.stop();
      const picture = this.one(".view img");
      picture.hidden = !image;
      if (image) picture.src = image;
      this.say(image ? "" : "No picture yet.");
      return this.show(answer);
    }
    if (!this.stream) {
      this.one(".view img").hidden = true;
      return this.show(null);
    }
    if (turn <= this.last) return void (answer && this.show(answer)); // a threshold was moved
    this.last = turn;
    this.answered += 1;
    this.verdicts = [...this.verdicts, answer?.opens ?? null].slice(-KEPT);
    const pace = this.answered / ((performance.now() - this.began) / 1000);
    this.one(".pace").textContent = `${pace.toFixed(1)} checks a second`;
    this.show(answer);
    if (turn < this.turn) return; // a late answer: the next picture is on its way already
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), PAUSE);
  }

  show(answer) {
    this.root.classList.toggle("open", answer?.opens === true);
    this.root.classList.toggle("shut", answer?.opens === false);
    this.one(".said").innerHTML = answer ? answer.said.map(said).join(" ") : "";
    const small = this.one(".beside"), shown = this.one(".view img");
    small.querySelector("p").innerHTML = this.one(".said").innerHTML || "Nobody stands before the door.";
    small.querySelector("img").hidden = shown.hidden;
    if (!shown.hidden) small.querySelector("img").src = shown.src;
    this.marks(answer?.face);
    const { people = [], detection = 1, reach = 2 } = answer ?? {};
    this.one(".people").innerHTML = people.map((person) => drawn(person, detection, reach)).join("");
    const strip = this.one(".time");
    strip.hidden = !this.verdicts.length;
    this.one(".strip").innerHTML = this.verdicts.map((opens) => `<i class="${opens === null ? "" : opens ? "yes" : "no"}"></i>`).join("");
    this.one(".strip").setAttribute("role", "img");
    this.one(".strip").setAttribute("aria-label", `open ${this.verdicts.filter(Boolean).length} of ${this.verdicts.length}`);
  }

  marks(face) { // box and landmarks, in the picture's own pixels
    const svg = this.one(".marks");
    if (!face) return void (svg.innerHTML = "");
    const [x, y, width, height] = face.box;
    svg.setAttribute("viewBox", `0 0 ${face.width} ${face.height}`);
    svg.innerHTML = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${width / 12}"/>` +
      face.points.map(([u, v]) => `<circle cx="${u}" cy="${v}" r="${width / 45}"/>`).join("");
  }
}

function drawn({ name, distances, pictures, share, words }, detection, reach) {
  const bars = distances.map((distance, i) => `<div class="bar ${distance < detection ? "match" : ""}">
    <img src="${pictures[i]}" alt="enrolled picture ${i + 1}"><div class="track"><i style="width:${percent(distance / reach)}"></i>
    <u style="left:${percent(detection / reach)}"></u></div><span>${distance.toFixed(2)}</span></div>`);
  return `<section class="person"><h3>${escaped(name)}<span>${escaped(words)}</span></h3><div class="bars">${bars.join("")}</div></section>`;
}

// A sentence; one that stands between stars stands out. Stars of a name mean nothing.
function said(sentence) { return escaped(sentence).replace(/^\*\*([^]+)\*\*$/, "<b>$1</b>"); }
function percent(share) { return `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(1)}%`; }
function escaped(text) { return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`); }
