// What Back goes to: pages, not each change of their controls.
//
// Streamlit 1.67 pushes an entry onto the browser's history whenever the server writes to the
// address; changes that a visitor makes only replace it. And on the way to another page it first
// takes the controls out of the address of the page that is being left, which would then come back
// without them.
(() => {
  if (history.pushState.siamese) return;
  const push = history.pushState.bind(history);
  const path = (address) => new URL(address, location.href).pathname;
  let target = null; // path of the page that the visitor is on the way to

  history.pushState = (state, title, address) => {
    if (path(address) !== location.pathname) {
      target = null;
      push(state, title, address);
    } else if (target === null) {
      history.replaceState(state, title, address);
    }
  };
  history.pushState.siamese = true;

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || link?.target === "_blank";
    if (!link || elsewhere || link.origin !== location.origin) return;
    target = link.pathname === location.pathname ? null : link.pathname;
  }, true);
  window.addEventListener("popstate", () => { target = null; });
})();
