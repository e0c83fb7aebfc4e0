"use strict";
// Opens what a link points into, and unpacks prompts and replies where they are opened.
(() => {
  const unpacked = new Map();

  const unpack = (run) => {
    if (!unpacked.has(run)) {
      unpacked.set(run, (async () => {
        const text = atob(document.getElementById(`${run}-texts`).textContent.trim());
        const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
        const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
        return new Response(stream).json();
      })());
    }
    return unpacked.get(run);
  };

  const fill = async (talk) => {
    if (talk.dataset.filled) return;
    talk.dataset.filled = "yes";
    const steps = await unpack(talk.dataset.run);
    for (const [title, content] of steps[Number(talk.dataset.position)]) {
      const label = document.createElement("p");
      label.className = "label";
      label.textContent = title;
      const text = document.createElement("pre");
      text.tabIndex = 0;
      text.setAttribute("role", "group");
      text.setAttribute("aria-label", `${title}, iteration ${talk.querySelector(".no").textContent}`);
      text.textContent = content;
      talk.append(label, text);
    }
  };

  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.talk[open]")) fill(event.target);
  }, true);

  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
