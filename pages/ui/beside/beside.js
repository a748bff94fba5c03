// Shows `.beside` of a component on a narrow screen, while `picture` is out of sight and the row of
// the page that it stands in, with its controls, is not; `draw` is called when it has come to the screen.
function besideControls(root, picture, draw = () => {}) {
  const small = root.querySelector(".beside"), seen = new Map();
  const row = root.getRootNode().host?.closest?.("[data-testid=stHorizontalBlock]") ?? root;
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen.set(target, isIntersecting);
    small.hidden = !matchMedia("(max-width: 640px)").matches || seen.get(picture) || !seen.get(row);
    if (!small.hidden) draw();
  });
  for (const target of [picture, row]) watcher.observe(target);
  return watcher;
}
