// Fetches what moves while a net trains, and hands each look to all who draw it:
// window.__siamese_live = { look, listeners: Set(callback(look)) }
//
// A look is { version, state, …, arrays: { map, same, … } }, see wire.py. A place without an
// address follows nobody, and writes what the others bring.

const RETRY = 1500; // ms after a request that failed
const AWAY = 20000; // ms between two signs of life of a tab that is hidden

const live = (window.__siamese_live ??= { look: null, listeners: new Set() });
const followers = new WeakMap(); // place on the page → Follower

export default function ({ parentElement, data, setTriggerValue }) {
  const told = parentElement.querySelector(".told");
  told.classList.toggle("lively", !!data.address);
  told.textContent = data.text;
  followers.get(parentElement)?.stop();
  const follower = new Follower((look) => { if (look[data.show]) told.textContent = look[data.show]; });
  followers.set(parentElement, follower);
  if (data.address) follower.follow(data.address, data.state, () => setTriggerValue("again", Date.now()));
  // Streamlit also calls this for a run that a newer one has overtaken: look before leaving.
  return () => setTimeout(() => parentElement.isConnected || follower.stop());
}

class Follower {
  constructor(write) {
    this.write = write;
    this.leaving = new AbortController();
    live.listeners.add(write);
  }

  stop() {
    live.listeners.delete(this.write);
    this.leaving.abort();
  }

  async follow(address, state, again) {
    const { signal } = this.leaving;
    let version = "";
    while (!signal.aborted) {
      const look = await ask(document.hidden ? `${address}?hidden` : `${address}?after=${version}`, signal);
      if (signal.aborted || look === "gone") return;
      if (look === "later") await pause(document.hidden ? AWAY : RETRY, signal);
      if (typeof look === "string") continue; // nothing new
      version = look.version;
      live.look = look;
      for (const tell of live.listeners) tell(look);
      if (look.state !== state) return void again(); // other buttons: the script runs again
    }
  }
}

async function ask(address, signal) { // a look, or a word on why there is none
  try {
    const answer = await fetch(address, { signal, cache: "no-store" });
    if (answer.status === 404) return "gone";
    if (answer.status === 204) return "nothing new";
    return answer.ok ? read(await answer.arrayBuffer()) : "later";
  } catch {
    return "later";
  }
}

function pause(milliseconds, signal) { // ends at once when the tab is seen again
  return new Promise((go) => {
    setTimeout(go, milliseconds);
    document.addEventListener("visibilitychange", go, { once: true, signal });
    signal.addEventListener("abort", go, { once: true });
  });
}
