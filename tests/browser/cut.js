// Words that do not fit on a page: beyond the box they stand in, or beyond one that clips or scrolls.
() => {
  const SLACK = 2, LEADING = 5, found = []; // CSS pixels; of a line of words that stands upright
  const above = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  const skipped = "[data-testid=stDataFrame], [data-testid=stFileUploaderDropzone], .katex-mathml, style, script, title";
  const veiled = ({ clipPath, display }, box) =>
    clipPath.startsWith("inset") || (display !== "contents" && box.getBoundingClientRect().width <= 1);
  const hidden = (box) => box && (veiled(getComputedStyle(box), box) || hidden(above(box)));

  function* texts(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim()) yield node;
      if (node.shadowRoot) yield* texts(node.shadowRoot);
    }
  }

  const fits = (words, box) => {
    const edge = box.getBoundingClientRect(), slack = words.width < words.height ? LEADING : SLACK;
    return words.left >= edge.left - slack && words.right <= edge.right + slack;
  };

  const cut = (owner, words) => {
    let own = true; // until the box that the words stand in
    for (let box = owner; box && box.dataset?.testid !== "stMain"; box = above(box)) {
      const style = getComputedStyle(box), drawn = box instanceof SVGElement;
      const inline = drawn || /^(inline|contents)$/.test(style.display);
      const clips = style.overflowX !== "visible" && (!inline || box.tagName === "svg");
      if ((clips || (own && !inline)) && !fits(words, box)) return true;
      own = own && inline;
    }
    return false;
  };

  for (const text of texts(document.body)) {
    const owner = text.parentElement, range = document.createRange();
    if (!owner || owner.closest(skipped) || getComputedStyle(owner).whiteSpace === "pre-wrap") continue; // blanks hang over
    if (hidden(owner) || !owner.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    range.selectNodeContents(text);
    const lines = [...range.getClientRects()].filter((words) => words.width);
    if (lines.some((words) => cut(owner, words))) found.push(text.data.trim());
  }
  return found;
}
